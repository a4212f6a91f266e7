"""The record of a Dag run as its page takes it: with the Dags that it links to."""

from __future__ import annotations

from typing import Any

from zruntime.records import InstanceRecord, Records


def linked_run(records: Records, dag_id: str, run_id: str) -> dict[str, Any] | None:
    """The JSON record of a Dag run, or None.

    Each step has, beside what is recorded, `producer_dag_id`: the Dag whose run computed a cached
    result, or None where that was no run of Airflow, or its record is gone. Of the instances of a
    mapped step it has what the page shows; there may be thousands.
    """
    run = records.run_of_dag(dag_id, run_id)
    if run is None:
        return None
    producers = {step.producer for step in run.steps if step.producer and step.state == "cached"}
    dags = {producer: records.dag_of(producer) for producer in producers}
    steps = [
        {
            **step.to_json(),
            "producer_dag_id": dags.get(step.producer) if step.producer else None,
            "instances": None if step.instances is None else [*map(_shown, step.instances)],
        }
        for step in run.steps
    ]
    return {**run.to_json(), "steps": steps}


def _shown(instance: InstanceRecord) -> dict[str, Any]:
    names = ("index", "state", "reason", "started", "duration", "error")
    return {name: getattr(instance, name) for name in names}
