"""Executing a step of a DAG run, or one instance of a mapped step."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from zruntime.airflow.dagrun import task_instance
from zruntime.airflow.exceptions import AirflowSkipException
from zruntime.airflow.operators import StepOperator
from zruntime.airflow.store import task_store
from zruntime.airflow.taskrun import CLEARED, TaskRun
from zruntime.execution import StepResult
from zruntime.planning import CACHED, instance_name
from zruntime.running import run_step

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("zruntime")


def execute_step(operator: StepOperator, context: Context) -> dict[str, Any]:
    """Runs the step, or uses its stored result.

    Returns:
        The XCom: the plan's id, the step's key, and references to its artifacts.

    Raises:
        AirflowSkipException: if a stored result was used, and the DAG skips cached steps; if the
            step does not run because of a condition.
        ZCompileError: if the bundle or the store cannot be used.
        Exception: whatever the step raises.
    """
    store = task_store()
    task = TaskRun(operator, operator.task_id, context, store)
    leave_if_skipped(task)
    result = _execute(task, operator.index)
    references = {name: ref.to_json() for name, ref in result.outputs.items()}
    xcom: dict[str, Any] = {"plan": task.plan_id, "key": result.key, "outputs": references}
    if operator.index is not None:
        xcom["index"] = operator.index
    if result.state == CACHED and task.planner.on_hit == "skip":
        _skip(context, xcom, operator.function, result)
    return xcom


def leave_if_skipped(task: TaskRun) -> None:
    """Ends a task whose step does not run: one that a person cleared after it was skipped.

    Raises:
        AirflowSkipException: if the step does not run because of a condition.
    """
    reason = task.skipped().get(task.step.name)
    if reason:
        task.records.step_skipped(task.run_record(), task.step, reason)
        raise AirflowSkipException(f"{task.step.name} is skipped: {reason}.")


def _execute(task: TaskRun, index: int | None) -> StepResult:
    """Ends the step with a result, and records it."""
    executor, name = task.executor(), task.step.name
    if index is not None and index >= len(executor.instances(name)):
        raise AirflowSkipException(f"{name} has no instance {index} any more.")
    run = task.run_record()
    cleared = task.was_cleared(run, index)
    if cleared:
        shown = instance_name(name, index)
        log.info("Step %s was cleared: it runs without looking for a result.", shown)
    return run_step(
        executor,
        task.records,
        run,
        name,
        reason=CLEARED if cleared else task.reason(),
        lookup=task.lookup and not cleared,
        index=index,
    )


def _skip(context: Context, xcom: Mapping[str, Any], function: str, result: StepResult) -> NoReturn:
    task_instance(context).xcom_push(key="return_value", value=dict(xcom))
    raise AirflowSkipException(
        f"{function} is cached: run {result.producer.run} computed it in {result.saved:.3f}s."
    )
