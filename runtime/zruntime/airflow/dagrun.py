"""Planning a DAG run: what the plan task does, and what the step tasks share with it.

The plan task is all that a run of cached steps takes, so it imports neither materializers nor the
pipeline's code unless it has to.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, DownstreamTasksSkipped

from zruntime.airflow.operators import CachePlanOperator, StepOperator
from zruntime.airflow.overrides import overrides
from zruntime.airflow.store import open_airflow_store
from zruntime.bundle import CodeBundle, open_bundle
from zruntime.exceptions import StepInterfaceError, ZCompileError, raise_all
from zruntime.planning import CACHED, Plan, StepPlan, plan_run
from zruntime.records import Records, RunRecord
from zruntime.spec import OutputRef, PipelineSpec, StepSpec
from zruntime.store import Store

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("zruntime")

PLAN_KEY = "plan"
"""XCom key of the plan task's plan."""


def plan_dag_run(operator: CachePlanOperator, context: Context) -> None:
    """Plans the DAG run, records it, and skips its cached steps.

    Raises:
        DownstreamTasksSkipped: to have Airflow skip the cached steps.
        AirflowFailException: if a parameter of this run is wrong, which no retry would mend.
        ZCompileError: if the bundle or the store cannot be used.
    """
    try:
        spec = pipeline_spec(operator, context)
    except StepInterfaceError as error:
        raise AirflowFailException(str(error)) from error
    with open_airflow_store() as store:
        plan, _ = make_plan(operator, spec, context, store)
    for step in spec.steps:
        _log_plan(step, plan.steps[step.name])
    task_instance(context).xcom_push(key=PLAN_KEY, value=plan_to_json(spec, plan, context))
    if operator.on_hit == "skip" and plan.cached:
        raise DownstreamTasksSkipped(tasks=list(plan.cached))  # type: ignore[no-untyped-call]


def make_plan(
    operator: CachePlanOperator, spec: PipelineSpec, context: Context, store: Store
) -> tuple[Plan, RunRecord]:
    records = Records(store)
    switch = _switch(context)
    plan = plan_run(spec, store, lambda step: records.history(spec.name, step), switch)
    run = records.start(spec, plan, run_id(context), dag_id=operator.dag_id, enable_cache=switch)
    return plan, run


def pipeline_spec(operator: CachePlanOperator, context: Context) -> PipelineSpec:
    """The pipeline with the parameters of this run: the form's, and templates rendered.

    Raises:
        StepInterfaceError: for each parameter that does not exist or whose value is wrong.
    """
    spec = compiled_spec(operator)
    tasks = {task.task_id: task for task in _step_operators(operator)}
    form = dict(context["params"])
    steps: list[StepSpec] = []
    errors: list[ZCompileError] = []
    for step in spec.steps:
        try:
            steps.append(_with_run_parameters(step, tasks[step.name], operator, context, form))
        except StepInterfaceError as error:
            errors.append(error)
    raise_all(errors)
    return replace(spec, steps=tuple(steps))


def _with_run_parameters(
    step: StepSpec,
    task: StepOperator,
    planner: CachePlanOperator,
    context: Context,
    form: Mapping[str, Any],
) -> StepSpec:
    compiled = dict(step.parameters)
    rendered = task.render_template(compiled, context, task.get_template_env())
    values = {**rendered, **overrides(step.name, compiled, form)}
    if repr(values) == repr(compiled):
        return step
    function = bundle_of(planner).load(step)
    return replace(step, parameters=function.normalize(values, wired=tuple(step.inputs)))


def compiled_spec(operator: CachePlanOperator) -> PipelineSpec:
    """The pipeline as the DAG file states it."""
    bundle = bundle_of(operator)
    steps = tuple(_step_spec(task, bundle) for task in _step_operators(operator))
    return PipelineSpec(operator.pipeline, steps, operator.enable_cache)


def _step_spec(task: StepOperator, bundle: CodeBundle) -> StepSpec:
    info = bundle.code_info(task.task_id)
    return StepSpec(
        name=task.task_id,
        function=task.function,
        entrypoint=task.entrypoint,
        code=info.digest,
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


def bundle_of(operator: CachePlanOperator) -> CodeBundle:
    return open_bundle(Path(operator.dag.fileloc).parent / operator.bundle)


def plan_to_json(spec: PipelineSpec, plan: Plan, context: Context) -> dict[str, Any]:
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


def run_id(context: Context) -> str:
    return str(context["run_id"])


def task_instance(context: Context) -> Any:
    return context["ti"]
