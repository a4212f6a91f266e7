"""The operators of a generated DAG.

Parsing a DAG file imports this module, so it imports little; what a task does when it runs is in
the modules of `zruntime.airflow` that are named in their `execute`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from zruntime.templates import is_template

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context


class CachePlanOperator(BaseOperator):
    """Plans a DAG run: looks up every step's result and skips the steps that are cached.

    It loads no artifact, and imports the pipeline's code only to validate parameters that were
    changed for this run.

    Args:
        pipeline: The pipeline's name in the records.
        bundle: Folder of the code bundle, relative to the DAG file.
        enable_cache: The pipeline's cache switch.
        on_hit: "skip" to skip cached steps in this task; "success" to let each end in success on
            its own worker, for those who need asset events and callbacks of cached steps.
        entrypoint: Where the pipeline is found in the code bundle, as `module:name`, if it has
            parameters of its own.
        parameters: These parameters, as plain JSON data.
    """

    ui_color = "#BFD7B5"

    def __init__(
        self,
        *,
        pipeline: str,
        bundle: str,
        enable_cache: bool = True,
        on_hit: str = "skip",
        entrypoint: str = "",
        parameters: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("task_display_name", "cache plan")
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.bundle = bundle
        self.enable_cache = enable_cache
        self.on_hit = on_hit
        self.entrypoint = entrypoint
        self.parameters = parameters or {}

    def execute(self, context: Context) -> None:
        """Plans the run, pushes the plan as XCom `plan`, and skips the cached steps."""
        from zruntime.airflow.dagrun import plan_dag_run

        plan_dag_run(self, context)

    def get_openlineage_facets_on_complete(
        self, task_instance: Any
    ) -> OperatorLineage[Any, Any] | None:
        """What OpenLineage's event of this task tells; Airflow's provider asks for it."""
        from zruntime.airflow.openlineage import plan_lineage

        return plan_lineage(self, task_instance)


class StepOperator(BaseOperator):
    """Runs a step of a pipeline, or uses its stored result.

    Its XCom holds references to artifacts, never values.

    Args:
        entrypoint: Where the step is found in the code bundle, as `module:name`.
        parameters: Plain JSON data; strings may hold Airflow templates.
        inputs: Where each input comes from, as `step.output`.
        outputs: Declared type of each output.
        materializers: Materializer of each output that has one of its own, as `module:name`.
        enable_cache: The step's own cache switch.
        cache_version: The author's version of the step's results.
        cache_ttl: How old a stored result may be to be used, None for any age.
        files: Patterns of the files that it reads, as paths or URLs.
        file_parameters: Where its parameters hold paths, and what they lead to; see
            `zruntime.spec.StepSpec`.
        cache_func: Where the function is found whose answer enters its key, as `module:name`.
        mapped: The inputs that take one item of a list each, where the step is mapped.
        optional: The inputs without which it runs if the step that they come from is skipped.
        index: Which instance of a mapped step this is; `expand` gives it.
    """

    template_fields: Sequence[str] = ("parameters",)
    ui_color = "#DDE7F0"

    entrypoint: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    materializers: Mapping[str, str]
    enable_cache: bool
    cache_version: str
    cache_ttl: timedelta | None
    files: Sequence[str]
    file_parameters: Mapping[str, str]
    cache_func: str
    mapped: Sequence[str]
    optional: Sequence[str]
    index: int | None

    def __init__(
        self,
        *,
        entrypoint: str,
        parameters: Mapping[str, Any] | None = None,
        inputs: Mapping[str, str] | None = None,
        outputs: Mapping[str, str] | None = None,
        materializers: Mapping[str, str] | None = None,
        enable_cache: bool = True,
        cache_version: str = "",
        cache_ttl: timedelta | None = None,
        files: Sequence[str] = (),
        file_parameters: Mapping[str, str] | None = None,
        cache_func: str = "",
        mapped: Sequence[str] = (),
        optional: Sequence[str] = (),
        index: int | None = None,
        **kwargs: Any,
    ) -> None:
        function = entrypoint.rpartition(":")[2]
        if function != kwargs.get("task_id"):
            kwargs.setdefault("task_display_name", f"{kwargs.get('task_id')} · {function}")
        kwargs.setdefault("trigger_rule", "none_failed")
        super().__init__(**kwargs)
        # Airflow inspects each assignment to an attribute, and a DAG file is parsed all the time.
        vars(self).update(
            entrypoint=entrypoint,
            parameters=parameters or {},
            inputs=inputs or {},
            outputs=outputs or {},
            materializers=materializers or {},
            enable_cache=enable_cache,
            cache_version=cache_version,
            cache_ttl=cache_ttl,
            files=files,
            file_parameters=file_parameters or {},
            cache_func=cache_func,
            mapped=mapped,
            optional=optional,
            index=index,
        )

    @property
    def function(self) -> str:
        """The step function's name."""
        return self.entrypoint.rpartition(":")[2]

    def render_template(
        self, content: Any, context: Context, jinja_env: Any = None, seen_oids: Any = None
    ) -> Any:
        """Renders templates as Airflow does; see `zruntime.templates.with_rendered`."""
        if isinstance(content, str) and not is_template(content):
            return content
        return super().render_template(content, context, jinja_env, seen_oids)

    def execute(self, context: Context) -> dict[str, Any]:
        """Runs the step, or ends skipped if its result is stored.

        Returns:
            The plan it belongs to, its key, and references to its artifacts.
        """
        from zruntime.airflow.steprun import execute_step

        return execute_step(self, context)

    def get_openlineage_facets_on_complete(
        self, task_instance: Any
    ) -> OperatorLineage[Any, Any] | None:
        """What OpenLineage's event of this task tells, also if it failed or was skipped."""
        from zruntime.airflow.openlineage import step_lineage

        return step_lineage(self, task_instance)


class ExpandOperator(BaseOperator):
    """Lists the instances of a mapped step that have to run; those that are cached are left out.

    Args:
        step: The mapped step.
    """

    ui_color = "#EFE7D2"

    def __init__(self, *, step: str, **kwargs: Any) -> None:
        kwargs.setdefault("task_display_name", f"{step} · items")
        kwargs.setdefault("trigger_rule", "none_failed")
        super().__init__(**kwargs)
        self.step = step

    def execute(self, context: Context) -> list[int]:
        """Looks up the result of each instance.

        Returns:
            The indices of the instances that have to run.
        """
        from zruntime.airflow.fanout import expand

        return expand(self, context)


class ConditionOperator(BaseOperator):
    """Tests the condition of a step, and skips the step and what depends on it if it fails.

    Args:
        step: The step.
        condition: An output as `step.output`, the test, and what it is compared with, if anything.
    """

    ui_color = "#EFE7D2"

    def __init__(self, *, step: str, condition: Sequence[Any], **kwargs: Any) -> None:
        shown = " ".join([*condition[:2], *map(repr, condition[2:])])
        kwargs.setdefault("task_display_name", shown if len(shown) <= 100 else shown[:97] + "...")
        kwargs.setdefault("trigger_rule", "none_failed")
        super().__init__(**kwargs)
        self.step = step
        self.condition = condition

    def execute(self, context: Context) -> dict[str, Any]:
        """Tests the condition.

        Returns:
            The plan it belongs to, and whether the condition holds.
        """
        from zruntime.airflow.branching import branch

        return branch(self, context)
