"""The record of a Dag run as its page takes it: with the Dags that it links to."""

from __future__ import annotations

from typing import Any

from zruntime.records import Records


def linked_run(records: Records, dag_id: str, run_id: str) -> dict[str, Any] | None:
    """The JSON record of a Dag run, or None.

    Each step has, beside what is recorded, `producer_dag_id`: the Dag whose run computed a cached
    result, or None where that was no run of Airflow, or its record is gone.
    """
    run = records.run_of_dag(dag_id, run_id)
    if run is None:
        return None
    producers = {step.producer for step in run.steps if step.producer and step.state == "cached"}
    dags = {producer: records.dag_of(producer) for producer in producers}
    steps = [
        {**step.to_json(), "producer_dag_id": dags.get(step.producer) if step.producer else None}
        for step in run.steps
    ]
    return {**run.to_json(), "steps": steps}
