"""Planning a DAG run: what the plan task does, and what the step tasks share with it.

The plan task is all that a run of cached steps takes, so it imports neither materializers nor the
pipeline's code unless it has to.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.mappedoperator import MappedOperator
from msgspec.structs import replace

from zruntime import metrics
from zruntime.airflow.exceptions import AirflowFailException, DownstreamTasksSkipped
from zruntime.airflow.operators import CachePlanOperator, ConditionOperator, StepOperator
from zruntime.airflow.overrides import as_compiled, overrides, with_parameters
from zruntime.airflow.plans import output_ref, plan_to_json
from zruntime.airflow.secrets import AirflowSecrets
from zruntime.airflow.store import task_store
from zruntime.bundle import CodeBundle, bundle_beside
from zruntime.exceptions import (
    PipelineInterfaceError,
    StepInterfaceError,
    ZCompileError,
    raise_all,
)
from zruntime.outside import Outside
from zruntime.planning import (
    CACHED,
    SKIPPED,
    Plan,
    condition_task,
    plan_run,
    tasks_of,
)
from zruntime.records import Records, RunRecord
from zruntime.settings import files_folder
from zruntime.spec import Condition, PipelineSpec, StepSpec
from zruntime.store import Store
from zruntime.templates import with_rendered

if TYPE_CHECKING:
    from typing import TypeGuard

    from airflow.sdk import Context

log = logging.getLogger("zruntime")

PLAN_KEY = "plan"
"""XCom key of the plan task's plan."""

StepTask = StepOperator | MappedOperator
"""The task of a step in a DAG file; that of a mapped step is a mapped operator."""


def plan_dag_run(operator: CachePlanOperator, context: Context) -> None:
    """Plans the DAG run, records it, and skips its cached steps.

    Raises:
        DownstreamTasksSkipped: to have Airflow skip the cached steps.
        AirflowFailException: if a parameter of this run is wrong, which no retry would mend.
        ZCompileError: if the bundle or the store cannot be used.
    """
    try:
        spec = pipeline_spec(operator, context)
    except (PipelineInterfaceError, StepInterfaceError) as error:
        raise AirflowFailException(str(error)) from error
    store = task_store()
    plan, _ = make_plan(operator, spec, context, store, bundle_of(operator))
    _log_plan(spec, plan)
    if operator.on_hit == "skip":  # otherwise each counts itself on its worker
        for name in plan.cached:
            metrics.count_hits(spec.name, name, plan.steps[name].looked_up)
    task_instance(context).xcom_push(key=PLAN_KEY, value=told_plan(operator, spec, plan, context))
    skipped = _tasks_to_skip(spec, plan, operator.on_hit)
    if skipped:
        raise DownstreamTasksSkipped(tasks=skipped)  # type: ignore[no-untyped-call]


def told_plan(
    operator: CachePlanOperator, spec: PipelineSpec, plan: Plan, context: Context
) -> dict[str, Any]:
    """The plan as XCom; see `plan_to_json`."""
    return plan_to_json(
        spec,
        plan,
        bundle=operator.bundle,
        switch=_switch(context),
        clears=clears(context),
        version=dag_version(context),
    )


def clears(context: Context) -> int:
    """How often a person has cleared tasks of the DAG run."""
    return context["dag_run"].clear_number or 0


def dag_version(context: Context) -> str:
    """Airflow's id of the version of the DAG that the task belongs to."""
    return str(task_instance(context).dag_version_id)


def _tasks_to_skip(spec: PipelineSpec, plan: Plan, on_hit: str) -> list[str]:
    """The tasks of steps that do not run, and of conditions that are known to hold."""
    skipped: list[str] = []
    for step in spec.steps:
        planned = plan.steps[step.name]
        if planned.state == SKIPPED or (planned.state == CACHED and on_hit == "skip"):
            skipped += tasks_of(step)
        elif planned.passed and on_hit == "skip":
            skipped.append(condition_task(step.name))
    return skipped


def make_plan(
    operator: CachePlanOperator,
    spec: PipelineSpec,
    context: Context,
    store: Store,
    bundle: CodeBundle,
) -> tuple[Plan, RunRecord]:
    records = Records(store, code=bundle.folder)
    switch = _switch(context)
    observe = outside_of(operator, store, bundle).observe
    explain = records.history.explainer(spec.name)
    plan = plan_run(spec, store, explain, switch, observe)
    run = records.start(spec, plan, run_id(context), dag_id=operator.dag_id, enable_cache=switch)
    return plan, run


def pipeline_spec(operator: CachePlanOperator, context: Context) -> PipelineSpec:
    """The pipeline with the parameters of this run: the form's, and templates rendered.

    Raises:
        StepInterfaceError: for each parameter that does not exist or whose value is wrong.
        PipelineInterfaceError: if that is one of the pipeline's own.
    """
    spec = compiled_spec(operator)
    tasks = {task.task_id: task for task in _step_tasks(operator)}
    form = dict(context["params"])
    changes = _pipeline_changes(operator, form)
    steps: list[StepSpec] = []
    errors: list[ZCompileError] = []
    for step in spec.steps:
        try:
            values = _run_parameters(step, tasks[step.name], context, form)
            if step.name in changes or repr(values) != repr(dict(step.parameters)):
                function = bundle_of(operator).load(step)
                steps.append(with_parameters(step, function, values, changes.get(step.name, {})))
            else:
                steps.append(step)
        except StepInterfaceError as error:
            errors.append(error)
    raise_all(errors)
    return replace(spec, steps=tuple(steps))


def _pipeline_changes(
    operator: CachePlanOperator, form: Mapping[str, Any]
) -> Mapping[str, Mapping[str, tuple[Any, Any]]]:
    """What the pipeline's own parameters in the form change, by step and parameter."""
    compiled = dict(operator.parameters)
    wanted = {name: as_compiled(form.get(name, value), value) for name, value in compiled.items()}
    if repr(wanted) == repr(compiled):
        return {}
    pipeline = bundle_of(operator).load_pipeline(operator.entrypoint)
    return pipeline.changed_parameters(compiled, wanted)


def _run_parameters(
    step: StepSpec, task: StepTask, context: Context, form: Mapping[str, Any]
) -> dict[str, Any]:
    """A step's parameters with templates rendered and with what the form has for the step."""
    environment = task.get_template_env()
    compiled = dict(step.parameters)
    rendered = with_rendered(
        compiled, lambda text: task.render_template(text, context, environment)
    )
    return {**rendered, **overrides(step.name, compiled, form)}


def compiled_spec(operator: CachePlanOperator) -> PipelineSpec:
    """The pipeline as the DAG file states it."""
    bundle = bundle_of(operator)
    conditions = {
        task.step: _condition(task.condition)
        for task in operator.dag.tasks
        if isinstance(task, ConditionOperator)
    }
    steps = tuple(
        _step_spec(task, bundle, conditions.get(task.task_id)) for task in _step_tasks(operator)
    )
    return PipelineSpec(operator.pipeline, steps, operator.enable_cache)


def _step_spec(task: StepTask, bundle: CodeBundle, when: Condition | None) -> StepSpec:
    info = bundle.code_info(task.task_id)
    # A mapped operator holds just the arguments that the DAG file gives it.
    given = task.partial_kwargs if isinstance(task, MappedOperator) else vars(task)
    entrypoint: str = given["entrypoint"]
    inputs: Mapping[str, str] = given.get("inputs", {})
    return StepSpec(
        name=task.task_id,
        function=entrypoint.rpartition(":")[2],
        entrypoint=entrypoint,
        code=info.digest,
        code_parts=info.parts,
        packages=info.packages,
        parameters=given.get("parameters", {}),
        inputs={name: output_ref(source) for name, source in inputs.items()},
        outputs=given.get("outputs", {}),
        materializers=given.get("materializers", {}),
        enable_cache=given.get("enable_cache", True),
        cache_version=given.get("cache_version", ""),
        cache_ttl=given.get("cache_ttl"),
        files=tuple(given.get("files", ())),
        file_parameters=given.get("file_parameters", {}),
        cache_func=given.get("cache_func", ""),
        mapped=tuple(given.get("mapped", ())),
        optional=tuple(given.get("optional", ())),
        when=when,
    )


def _condition(stated: Sequence[Any]) -> Condition:
    source, test, *value = stated
    return Condition(output_ref(source), test, *value)


def _step_tasks(operator: CachePlanOperator) -> list[StepTask]:
    """The DAG's steps, in the order of the file, in which each follows those it depends on."""
    return [task for task in operator.dag.tasks if _is_step(task)]


def _is_step(task: object) -> TypeGuard[StepTask]:
    kind = task.operator_class if isinstance(task, MappedOperator) else type(task)
    return issubclass(kind, StepOperator)


def bundle_of(operator: CachePlanOperator, name: str | None = None) -> CodeBundle:
    """The code bundle of that name beside the DAG file; by default the one the file names."""
    return bundle_beside(Path(operator.dag.fileloc).parent, name or operator.bundle)


def outside_of(operator: CachePlanOperator, store: Store, bundle: CodeBundle) -> Outside:
    """Looks at what steps depend on outside; paths are relative to the folder of the DAG folder."""
    dags = Path(operator.dag.fileloc).parent
    return Outside(files_folder(dags.parent), bundle, store, AirflowSecrets())


def _log_plan(spec: PipelineSpec, plan: Plan) -> None:
    """Logs what becomes of each step; the cached ones at once, since each record takes time."""
    cached: list[str] = []
    for step in spec.steps:
        planned = plan.steps[step.name]
        if planned.state == CACHED and planned.producer:
            told = f"{step.name}: run {planned.producer.run} computed it."
            cached.append(f"Using cached version of {step.function}. {told}")
        else:
            log.info("%s: %s", step.name, planned.reason.told)
    if cached:
        log.info("\n".join(cached))


def _switch(context: Context) -> bool | None:
    """The run's cache switch, from the trigger form."""
    switch = context["params"].get("enable_cache")
    return switch if isinstance(switch, bool) else None


def run_id(context: Context) -> str:
    return str(context["run_id"])


def task_instance(context: Context) -> Any:
    return context["ti"]
