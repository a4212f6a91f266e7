"""Executing a step of a DAG run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, cast

from airflow.sdk.exceptions import AirflowSkipException

from zruntime.airflow.dagrun import (
    PLAN_KEY,
    bundle_of,
    compiled_spec,
    make_plan,
    pipeline_spec,
    plan_to_json,
    run_id,
    task_instance,
)
from zruntime.airflow.operators import CachePlanOperator, StepOperator
from zruntime.airflow.store import open_airflow_store
from zruntime.execution import Executor, StepResult
from zruntime.planning import CACHED, PLAN_TASK, looks_up
from zruntime.records import Records, RunRecord
from zruntime.running import run_step
from zruntime.spec import PipelineSpec
from zruntime.store import ArtifactRef, Store

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("zruntime")

CLEARED = "cleared by a person"


def execute_step(operator: StepOperator, context: Context) -> dict[str, Any]:
    """Runs the step, or uses its stored result.

    Returns:
        The XCom: the plan's id, the step's key, and references to its artifacts.

    Raises:
        AirflowSkipException: if a stored result was used, and the DAG skips cached steps.
        ZCompileError: if the bundle or the store cannot be used.
        Exception: whatever the step raises.
    """
    planner = _planner(operator)
    with open_airflow_store() as store:
        run = _StepRun(planner, operator, context, store)
        result = run.execute()
    references = {name: ref.to_json() for name, ref in result.outputs.items()}
    xcom = {"plan": run.plan_id, "key": result.key, "outputs": references}
    if result.state == CACHED and planner.on_hit == "skip":
        _skip(context, xcom, operator.function, result)
    return xcom


def _skip(context: Context, xcom: Mapping[str, Any], function: str, result: StepResult) -> NoReturn:
    task_instance(context).xcom_push(key="return_value", value=dict(xcom))
    raise AirflowSkipException(
        f"{function} is cached: run {result.producer.run} computed it in {result.saved:.3f}s."
    )


class _StepRun:
    """One step of a DAG run: what the plan says of it, and where its inputs are."""

    def __init__(
        self,
        planner: CachePlanOperator,
        operator: StepOperator,
        context: Context,
        store: Store,
    ) -> None:
        self.planner, self.operator, self.context, self.store = planner, operator, context, store
        self.records = Records(store)
        self.plan = self._pull_plan()
        self.plan_id: str = self.plan["id"]
        self.spec = self._spec()
        self.step = self.spec.step(operator.task_id)

    def execute(self) -> StepResult:
        """Ends the step with a result, and records it."""
        executor = self._executor()
        run = self._run_record()
        self.cleared = self._was_cleared(run)
        planned = self.plan["steps"][self.step.name]
        if self.cleared:
            log.info("Step %s was cleared: it runs without looking for a result.", self.step.name)
        return run_step(
            executor,
            self.records,
            run,
            self.step.name,
            reason=CLEARED if self.cleared else planned["reason"],
            lookup=not self.cleared and looks_up(self.spec, self.step, self.plan["enable_cache"]),
        )

    def _executor(self) -> Executor:
        bundle = bundle_of(self.planner)
        plans = self.plan["steps"]
        origins = {
            name: plan["producer"]["run"] for name, plan in plans.items() if plan["producer"]
        }
        return Executor(
            self.spec, self.store, bundle, run_id(self.context), self._artifacts(), origins
        )

    def _artifacts(self) -> dict[str, dict[str, ArtifactRef]]:
        """The artifacts of the steps this one takes its inputs from.

        A step's XCom counts only if it belongs to the plan in force: clearing the plan task makes
        a new one, and what was pushed before may come from other code.
        """
        found: dict[str, dict[str, ArtifactRef]] = {}
        for name in {ref.step for ref in self.step.inputs.values()}:
            xcom = task_instance(self.context).xcom_pull(task_ids=name)
            if xcom and xcom["plan"] == self.plan_id:
                found[name] = _refs(xcom["outputs"])
            elif self.plan["steps"][name]["state"] == CACHED:
                found[name] = _refs(self.plan["steps"][name]["outputs"])
        return found

    def _was_cleared(self, run: RunRecord) -> bool:
        """Whether a person cleared the step after the plan in force was made.

        A step planned as cached never starts by itself. Clearing raises a task's number of tries;
        where that was before the plan, the step has not been executed under it.
        """
        planned = self.plan["steps"][self.step.name]["state"]
        if planned == CACHED and self.planner.on_hit == "skip":
            return True
        raised = int(task_instance(self.context).max_tries) > int(self.operator.retries or 0)
        return raised and self.records.was_executed(run, self.step.name)

    def _pull_plan(self) -> dict[str, Any]:
        plan = task_instance(self.context).xcom_pull(task_ids=PLAN_TASK, key=PLAN_KEY)
        if plan:
            return cast("dict[str, Any]", plan)
        spec = pipeline_spec(self.planner, self.context)
        made, _ = make_plan(self.planner, spec, self.context, self.store)
        return plan_to_json(spec, made, self.context)

    def _spec(self) -> PipelineSpec:
        """The pipeline with the parameters of this run, as they were planned."""
        spec = compiled_spec(self.planner)
        plans = self.plan["steps"]
        steps = tuple(
            replace(step, parameters=plans[step.name]["parameters"]) if step.name in plans else step
            for step in spec.steps
        )
        return replace(spec, steps=steps)

    def _run_record(self) -> RunRecord:
        run = self.records.run_of_dag(self.operator.dag_id, run_id(self.context))
        if run is not None:
            return run
        _, run = make_plan(self.planner, self.spec, self.context, self.store)
        return run


def _planner(operator: StepOperator) -> CachePlanOperator:
    return cast("CachePlanOperator", operator.dag.get_task(PLAN_TASK))


def _refs(outputs: Mapping[str, Mapping[str, Any]]) -> dict[str, ArtifactRef]:
    return {name: ArtifactRef.from_json(ref) for name, ref in outputs.items()}
