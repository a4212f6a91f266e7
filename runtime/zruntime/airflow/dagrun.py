"""What the tasks of a generated DAG do when they run: plan the DAG run, and execute a step."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from zruntime.airflow.operators import CachePlanOperator, StepOperator
from zruntime.airflow.store import open_airflow_store
from zruntime.bundle import CodeBundle, open_bundle
from zruntime.execution import Executor, StepResult
from zruntime.planning import CACHED, PLAN_TASK, Plan, StepPlan, looks_up, plan_run
from zruntime.records import Records, RunRecord
from zruntime.spec import OutputRef, PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Store

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("zruntime")

PLAN_KEY = "plan"
"""XCom key of the plan task's plan."""


def plan_dag_run(operator: CachePlanOperator, context: Context) -> None:
    """Plans the DAG run, records it, and skips its cached steps.

    Raises:
        DownstreamTasksSkipped: to have Airflow skip the cached steps.
        ZCompileError: if the bundle or the store cannot be used, or a parameter is wrong.
    """
    with open_airflow_store() as store:
        spec = _pipeline_spec(operator, context)
        plan, _ = _plan(operator, spec, context, store)
    for step in spec.steps:
        _log_plan(step, plan.steps[step.name])
    _task_instance(context).xcom_push(key=PLAN_KEY, value=_plan_to_json(spec, plan, context))
    if operator.on_hit == "skip" and plan.cached:
        raise DownstreamTasksSkipped(tasks=list(plan.cached))  # type: ignore[no-untyped-call]


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
    _task_instance(context).xcom_push(key="return_value", value=dict(xcom))
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
        planned = self.plan["steps"][self.step.name]
        started = time.time()
        log.info("Step %s has started.", self.step.function)
        if planned["reason"]:
            log.info("Not cached: %s.", planned["reason"])
        self.records.step_started(run, self.step, planned["reason"])
        try:
            result = executor.execute(self.step.name, lookup=self._looks_up())
        except BaseException as error:
            self.records.step_failed(run, self.step, started, planned["reason"], error)
            raise
        reason = self._reason(result, planned["reason"])
        self.records.step_ended(run, self.step, result, reason)
        log.info("Step %s has finished in %.3fs.", self.step.function, time.time() - started)
        return result

    def _executor(self) -> Executor:
        bundle = _bundle(self.planner)
        plans = self.plan["steps"]
        origins = {
            name: plan["producer"]["run"] for name, plan in plans.items() if plan["producer"]
        }
        return Executor(
            self.spec, self.store, bundle, _run_id(self.context), self._artifacts(), origins
        )

    def _artifacts(self) -> dict[str, dict[str, ArtifactRef]]:
        """The artifacts of the steps this one takes its inputs from.

        A step's XCom counts only if it belongs to the plan in force: clearing the plan task makes
        a new one, and what was pushed before may come from other code.
        """
        found: dict[str, dict[str, ArtifactRef]] = {}
        for name in {ref.step for ref in self.step.inputs.values()}:
            xcom = _task_instance(self.context).xcom_pull(task_ids=name)
            if xcom and xcom["plan"] == self.plan_id:
                found[name] = _refs(xcom["outputs"])
            elif self.plan["steps"][name]["state"] == CACHED:
                found[name] = _refs(self.plan["steps"][name]["outputs"])
        return found

    def _looks_up(self) -> bool:
        """Whether a stored result may be used; a step that a person cleared is to run."""
        if self._was_cleared():
            log.info("Step %s was cleared: it runs without looking for a result.", self.step.name)
            return False
        return looks_up(self.spec, self.step, self.plan["enable_cache"])

    def _was_cleared(self) -> bool:
        """Clearing a task raises its number of tries, and a step planned as cached never starts."""
        skipped = self.planner.on_hit == "skip"
        if skipped and self.plan["steps"][self.step.name]["state"] == CACHED:
            return True
        return int(_task_instance(self.context).max_tries) > int(self.operator.retries or 0)

    def _reason(self, result: StepResult, planned: str) -> str:
        if result.state == CACHED:
            return ""
        if self._was_cleared():
            return "cleared by a person"
        if looks_up(self.spec, self.step, self.plan["enable_cache"]):
            reason = self.records.reason(self.spec.name, self.step.name, result.parts)
            log.info("Step %s ran: %s.", self.step.name, reason)
            return reason
        return planned

    def _pull_plan(self) -> dict[str, Any]:
        plan = _task_instance(self.context).xcom_pull(task_ids=PLAN_TASK, key=PLAN_KEY)
        if plan:
            return cast("dict[str, Any]", plan)
        spec = _pipeline_spec(self.planner, self.context)
        made, _ = _plan(self.planner, spec, self.context, self.store)
        return _plan_to_json(spec, made, self.context)

    def _spec(self) -> PipelineSpec:
        """The pipeline with the parameters of this run, as they were planned."""
        spec = _compiled_spec(self.planner)
        plans = self.plan["steps"]
        steps = tuple(
            replace(step, parameters=plans[step.name]["parameters"]) if step.name in plans else step
            for step in spec.steps
        )
        return replace(spec, steps=steps)

    def _run_record(self) -> RunRecord:
        dag_id, run_id = self.operator.dag_id, _run_id(self.context)
        run = self.records.run_of_dag(dag_id, run_id)
        if run is not None:
            return run
        _, run = _plan(self.planner, self.spec, self.context, self.store)
        return run


def _plan(
    operator: CachePlanOperator, spec: PipelineSpec, context: Context, store: Store
) -> tuple[Plan, RunRecord]:
    records = Records(store)
    switch = _switch(context)
    plan = plan_run(spec, store, lambda step: records.history(spec.name, step), switch)
    run = records.start(spec, plan, _run_id(context), dag_id=operator.dag_id, enable_cache=switch)
    return plan, run


def _pipeline_spec(operator: CachePlanOperator, context: Context) -> PipelineSpec:
    """The pipeline with the parameters of this run: the form's, and templates rendered."""
    spec = _compiled_spec(operator)
    tasks = {task.task_id: task for task in _step_operators(operator)}
    steps = tuple(
        _with_run_parameters(step, tasks[step.name], operator, context) for step in spec.steps
    )
    return replace(spec, steps=steps)


def _with_run_parameters(
    step: StepSpec, task: StepOperator, planner: CachePlanOperator, context: Context
) -> StepSpec:
    compiled = step.parameters
    rendered = task.render_template(dict(compiled), context, task.get_template_env())
    form = context["params"]
    values = {name: form.get(f"{step.name}.{name}", rendered[name]) for name in compiled}
    if repr(values) == repr(dict(compiled)):
        return step
    function = _bundle(planner).load(step)
    return replace(step, parameters=function.normalize(values, wired=tuple(step.inputs)))


def _compiled_spec(operator: CachePlanOperator) -> PipelineSpec:
    """The pipeline as the DAG file states it."""
    bundle = _bundle(operator)
    steps = tuple(_step_spec(task, bundle) for task in _step_operators(operator))
    return PipelineSpec(operator.pipeline, steps, operator.enable_cache)


def _step_spec(task: StepOperator, bundle: CodeBundle) -> StepSpec:
    info = bundle.code_info(task.code)
    return StepSpec(
        name=task.task_id,
        function=task.function,
        entrypoint=task.entrypoint,
        code=task.code,
        code_parts=info.parts,
        packages=info.packages,
        parameters=task.parameters,
        inputs={name: _output_ref(source) for name, source in task.inputs.items()},
        outputs=task.outputs,
        materializers=task.materializers,
        enable_cache=task.enable_cache,
        cache_version=task.cache_version,
    )


def _output_ref(source: str) -> OutputRef:
    step, _, output = source.rpartition(".")
    return OutputRef(step, output)


def _step_operators(operator: CachePlanOperator) -> list[StepOperator]:
    """The DAG's steps, in the order of the file, in which each follows those it depends on."""
    return [task for task in operator.dag.tasks if isinstance(task, StepOperator)]


def _planner(operator: StepOperator) -> CachePlanOperator:
    return cast("CachePlanOperator", operator.dag.get_task(PLAN_TASK))


def _bundle(operator: CachePlanOperator) -> CodeBundle:
    return open_bundle(Path(operator.dag.fileloc).parent / operator.bundle)


def _plan_to_json(spec: PipelineSpec, plan: Plan, context: Context) -> dict[str, Any]:
    """The plan as XCom: the graph, keys, references and reasons."""
    return {
        "id": f"{time.time():.6f}",
        "pipeline": spec.name,
        "enable_cache": _switch(context),
        "steps": {step.name: _step_to_json(step, plan.steps[step.name]) for step in spec.steps},
    }


def _step_to_json(step: StepSpec, plan: StepPlan) -> dict[str, Any]:
    return {
        "state": plan.state,
        "reason": plan.reason,
        "key": plan.key,
        "parameters": dict(step.parameters),
        "inputs": {name: str(ref) for name, ref in step.inputs.items()},
        "outputs": {name: ref.to_json() for name, ref in plan.outputs.items()},
        "producer": plan.producer.to_json() if plan.producer else None,
    }


def _refs(outputs: Mapping[str, Mapping[str, Any]]) -> dict[str, ArtifactRef]:
    return {name: ArtifactRef.from_json(ref) for name, ref in outputs.items()}


def _log_plan(step: StepSpec, plan: StepPlan) -> None:
    if plan.state == CACHED and plan.producer:
        log.info("Using cached version of %s.", step.function)
        log.info("%s: run %s computed it.", step.name, plan.producer.run)
    else:
        log.info("%s: %s.", step.name, plan.reason)


def _switch(context: Context) -> bool | None:
    """The run's cache switch, from the trigger form."""
    switch = context["params"].get("enable_cache")
    return switch if isinstance(switch, bool) else None


def _run_id(context: Context) -> str:
    return str(context["run_id"])


def _task_instance(context: Context) -> Any:
    return context["ti"]
