"""Testing the condition of a step of a DAG run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from zruntime.airflow.dagrun import task_instance
from zruntime.airflow.exceptions import DownstreamTasksSkipped
from zruntime.airflow.operators import ConditionOperator
from zruntime.airflow.store import task_store
from zruntime.airflow.taskrun import TaskRun
from zruntime.conditions import skipped_with
from zruntime.planning import tasks_of
from zruntime.running import tested

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("zruntime")


def branch(operator: ConditionOperator, context: Context) -> dict[str, Any]:
    """Tests the condition; if it fails, skips the step and what depends on it, and records so.

    Returns:
        The plan it belongs to, and whether the condition holds.

    Raises:
        DownstreamTasksSkipped: if it does not hold.
        StepInterfaceError: if the value cannot be tested.
        ZCompileError: if the bundle or the store cannot be used.
    """
    store = task_store()
    task = TaskRun(operator, operator.step, context, store)
    run = task.run_record()
    passed = tested(task.executor(), task.records, run, task.step)
    xcom = {"plan": task.plan_id, "passed": passed}
    if passed:
        return xcom
    skipped = skipped_with(task.spec, operator.step)
    for name, reason in skipped.items():
        log.info("Step %s is skipped: %s.", name, reason)
        task.records.step_skipped(run, task.spec.step(name), reason)
    task_instance(context).xcom_push(key="return_value", value=xcom)
    tasks = [task_id for name in skipped for task_id in tasks_of(task.spec.step(name))]
    others = [task_id for task_id in tasks if task_id != operator.task_id]
    raise DownstreamTasksSkipped(tasks=others)  # type: ignore[no-untyped-call]
