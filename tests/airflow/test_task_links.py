"""The extra links of tasks, as the API server makes them from a serialized DAG."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.models.taskinstancekey import TaskInstanceKey
from airflow.sdk import DAG

try:
    from airflow.serialization.serialized_objects import DagSerialization
except ImportError:  # Airflow 3.1
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization

from zruntime.airflow import (
    CachePlanOperator,
    ConditionOperator,
    ExpandOperator,
    StepOperator,
)
from zruntime.planning import Plan, StepPlan
from zruntime.records import Records
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import LocalStore, Producer

LINEAGE = "/dags/sums/runs/manual+2/plugin/zcompile-lineage"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStore]:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    with LocalStore(tmp_path / "zcompile") as store:
        yield store


@pytest.fixture(scope="module")
def tasks() -> dict[str, Any]:
    """The tasks of a DAG as the API server knows them."""
    with DAG("sums") as dag:
        plan = CachePlanOperator(task_id="cache_plan", pipeline="sums", bundle="b")
        load = StepOperator(task_id="load", entrypoint="m:load")
        items = ExpandOperator(task_id="expand_each", step="each")
        each = StepOperator.partial(task_id="each", entrypoint="m:each").expand(index=items.output)
        when = ConditionOperator(
            task_id="when_report", step="report", condition=["load.output", ">", 1]
        )
        plan >> load >> items >> each >> when
    found = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    return {task.task_id: task for task in found.tasks}


def links(task: Any) -> dict[str, str]:
    instance = SimpleNamespace(key=TaskInstanceKey("sums", task.task_id, "manual+2", 1, -1))
    return {name: task.get_extra_links(instance, name) for name in task.extra_links}


def test_each_task_leads_to_its_step_in_the_lineage(
    store: LocalStore, tasks: dict[str, Any]
) -> None:
    assert {name: links(task)["Lineage"] for name, task in tasks.items()} == {
        "cache_plan": LINEAGE,
        "load": f"{LINEAGE}?step=load",
        "expand_each": f"{LINEAGE}?step=each",
        "each": f"{LINEAGE}?step=each",
        "when_report": f"{LINEAGE}?step=report",
    }


def test_cached_tasks_lead_to_the_runs_that_computed_them(
    store: LocalStore, tasks: dict[str, Any]
) -> None:
    steps = (
        StepSpec("load", "load", "m:load", "c" * 64),
        StepSpec("each", "each", "m:each", "c" * 64, mapped=("x",)),
    )
    spec = PipelineSpec("sums", steps)
    ran = Plan({step.name: StepPlan(step.name, "run") for step in steps})
    records = Records(store)
    records.start(spec, ran, "manual+1", dag_id="of another")
    cached = {
        step.name: StepPlan(
            step.name, "cached", key="k" * 64, producer=Producer("sums", "manual+1", step.name)
        )
        for step in steps
    }
    records.start(spec, Plan(cached), "manual+2", dag_id="sums")
    producing = "/dags/of%20another/runs/manual+1/plugin/zcompile-lineage"
    assert links(tasks["load"])["Producing run"] == f"{producing}?step=load"
    assert links(tasks["each"])["Producing run"] == f"{producing}?step=each"


def test_a_task_without_a_record_leads_to_no_producing_run(
    store: LocalStore, tasks: dict[str, Any]
) -> None:
    assert links(tasks["load"])["Producing run"] == ""
