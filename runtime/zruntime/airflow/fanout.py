"""Expanding a mapped step of a DAG run: which instances it has, and which of them have to run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from zruntime import metrics
from zruntime.airflow.dagrun import task_instance
from zruntime.airflow.operators import ExpandOperator
from zruntime.airflow.steprun import leave_if_skipped
from zruntime.airflow.store import task_store
from zruntime.airflow.taskrun import CLEARED, INSTANCES_KEY, TaskRun
from zruntime.planning import CACHED
from zruntime.running import expand_step

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("zruntime")


def expand(operator: ExpandOperator, context: Context) -> list[int]:
    """Looks up the result of each instance of a mapped step, and records what it found.

    Returns:
        The indices of the instances that have to run; where the DAG lets cached steps end in
        success, those of all.

    Raises:
        AirflowSkipException: if the step does not run because of a condition.
        StepInterfaceError: if the lists that it is mapped over differ in their lengths.
        ZCompileError: if the bundle or the store cannot be used.
    """
    store = task_store()
    task = TaskRun(operator, operator.step, context, store)
    leave_if_skipped(task)
    run = task.run_record()
    cleared = task.was_cleared(run)
    if cleared:
        log.info("Step %s was cleared: all of its instances run.", operator.step)
    instances = expand_step(
        task.executor(),
        task.records,
        run,
        operator.step,
        reason=CLEARED if cleared else task.reason(),
        lookup=task.lookup and not cleared,
    )
    cached = {at: plan.key for at, plan in enumerate(instances) if plan.state == CACHED}
    found = {
        "plan": task.plan_id,
        "count": len(instances),
        "keys": {str(index): key for index, key in cached.items()},
        "cleared": cleared,
    }
    task_instance(context).xcom_push(key=INSTANCES_KEY, value=found)
    if task.planner.on_hit != "skip":
        return [*range(len(instances))]  # each counts itself on its worker
    metrics.count_hits(task.spec.name, operator.step, instances)
    return [index for index in range(len(instances)) if index not in cached]
