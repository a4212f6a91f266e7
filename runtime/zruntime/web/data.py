"""What the pages ask for, as plain JSON data made from the records of runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zruntime.comparing import compare
from zruntime.records import InstanceRecord, Records, RunRecord
from zruntime.sources import producers
from zruntime.store import Store
from zruntime.store.core import StoreCore
from zruntime.store.pins import pinned


def linked(records: Records, run: RunRecord) -> dict[str, Any]:
    """The record of a run as its page takes it.

    Each step has, beside what is recorded, `producer_dag_id`: the DAG whose run computed a cached
    result, or None where that was no run of Airflow, or its record is gone. Of the instances of a
    mapped step it has what the page shows; there may be thousands.
    """
    dags = {(made.pipeline, made.run): records.dag_of(made) for made in producers(run)}
    steps = [
        {
            **step.to_json(),
            "producer_dag_id": dags.get((step.producer.pipeline, step.producer.run))
            if step.producer
            else None,
            "instances": None if step.instances is None else [*map(_shown, step.instances)],
        }
        for step in run.steps
    ]
    return {**run.to_json(), "steps": steps}


def _shown(instance: InstanceRecord) -> dict[str, Any]:
    names = ("index", "state", "reason", "started", "duration", "error")
    return {name: getattr(instance, name) for name in names}


def with_actions(data: dict[str, Any], store: StoreCore, editable: bool) -> dict[str, Any]:
    """What `linked` gives, with what the page's actions need.

    Args:
        data: The record of a run.
        store: Where its artifacts are.
        editable: Whether whoever asked may act.
    """
    made = {ref["digest"] for step in data["steps"] for ref in step["outputs"].values()}
    return {**data, "editable": editable, "pinned": sorted(made & pinned(store))}


def compared(store: Store, before: RunRecord, after: RunRecord) -> dict[str, Any]:
    """Two runs of a pipeline as a page shows them side by side, and what differs between them."""
    records = Records(store)
    steps = compare(before, after, store)
    return {
        "before": linked(records, before),
        "after": linked(records, after),
        "steps": [step.to_json() for step in steps],
    }


def listed(runs: Iterable[RunRecord]) -> list[dict[str, Any]]:
    """Runs as lists of them show them: of each step its state, times and size, in bytes."""
    return [
        {
            **run.to_json(),
            "steps": [
                {
                    "name": step.name,
                    "state": step.state,
                    "duration": step.duration,
                    "saved": step.saved,
                    "size": sum(ref.size for ref in step.outputs.values()),
                }
                for step in run.steps
            ],
        }
        for run in runs
    ]
