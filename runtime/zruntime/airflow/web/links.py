"""The record of a Dag run as its page takes it: with the Dags that it links to."""

from __future__ import annotations

from typing import Any

from zruntime.records import Records
from zruntime.store import Producer


def linked_run(records: Records, dag_id: str, run_id: str) -> dict[str, Any] | None:
    """The JSON record of a Dag run, or None.

    Each step has, beside what is recorded, `producer_dag_id`: the Dag whose run computed a cached
    result, or None where that was no run of Airflow, or its record is gone.
    """
    run = records.run_of_dag(dag_id, run_id)
    if run is None:
        return None
    producers = {step.producer for step in run.steps if step.producer and step.state == "cached"}
    dags = {producer: _dag_of(records, producer, dag_id) for producer in producers}
    steps = [
        {**step.to_json(), "producer_dag_id": dags.get(step.producer) if step.producer else None}
        for step in run.steps
    ]
    return {**run.to_json(), "steps": steps}


def _dag_of(records: Records, producer: Producer, dag_id: str) -> str | None:
    """The Dag of a producing run: this one, or the one that its pipeline's name stands for."""
    for candidate in (dag_id, producer.pipeline):
        run = records.run_of_dag(candidate, producer.run)
        if run is not None and run.pipeline == producer.pipeline:
            return candidate
    return None
