"""The models of a YAML config: its keys, their types, and what they default to."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from typing_extensions import Self

from zcompile.config.assets import Section, WrittenAsset
from zcompile.config.resources import Resources
from zcompile.config.timetables import Schedule
from zcompile.config.values import (
    Count,
    Duration,
    Moment,
    Period,
    Plain,
    Switch,
    Zone,
    localized,
    wrong,
)

DAG_ID = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,249}"
"""What a DAG id and so the name of its file looks like."""

MAX_TAG = 100
"""Airflow's limit for a tag, in characters."""

_IN_CODE = "a function cannot be written in YAML"
_NO_MAIL = "Airflow 4 drops mail by tasks; use a notifier of Airflow"
_OF_ONE_STEP = "it belongs to one step: write it under that step's `airflow`"
_BESIDE = "it stands beside `airflow`, not in it"
_CALLBACKS = ("execute", "failure", "success", "retry", "skipped")


def _tag(value: str) -> str:
    if len(value) > MAX_TAG:
        raise wrong("ZC344", f"a tag has at most {MAX_TAG} characters")
    return value


def _link(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise wrong("ZC344", f"it is no URL: {error}") from None
    if not (parts.path if parts.scheme == "mailto" else parts.scheme and parts.netloc):
        raise wrong("ZC344", "write a URL such as `https://example.com` or `mailto:team@x.org`")
    return value


Tag = Annotated[str, AfterValidator(_tag)]
Link = Annotated[str, AfterValidator(_link)]


class DefaultArguments(Section):
    """Arguments of all tasks of a DAG, the task that plans the run included."""

    retries: Count | None = Field(default=None, ge=0)
    """How often a failed task is tried again."""
    retry_delay: Duration | None = None
    """Time from a failure to the next try."""
    retry_exponential_backoff: Switch | Annotated[float, Field(ge=0)] | None = None
    """Whether each delay is longer than the one before; a number is the factor (Airflow 3.2)."""
    max_retry_delay: Duration | None = None
    """The longest delay between tries."""
    execution_timeout: Duration | None = None
    """Time after which a running task fails."""
    pool: str | None = Field(default=None, min_length=1)
    """The pool that the task takes a slot of."""
    pool_slots: Count | None = Field(default=None, ge=1)
    """How many slots of its pool the task takes."""
    queue: str | None = None
    """The queue of the executor, such as Celery's."""
    priority_weight: Count | None = None
    """Tasks of more weight start first where not all can."""
    weight_rule: Literal["downstream", "upstream", "absolute"] | None = None
    """Which other tasks' weights are added to a task's own."""
    owner: str | None = None
    """Who is responsible."""
    depends_on_past: Switch | None = None
    """Whether the task waits until its previous run has succeeded."""
    ignore_first_depends_on_past: Switch | None = None
    """Whether `depends_on_past` is left out of account in the first run."""
    wait_for_past_depends_before_skipping: Switch | None = None
    """Whether a task that is skipped waits for its past as well."""
    wait_for_downstream: Switch | None = None
    """Whether the task waits for those after it in the previous run."""
    max_active_tis_per_dag: Count | None = Field(default=None, ge=1)
    """How many runs of the task may be active at once."""
    max_active_tis_per_dagrun: Count | None = Field(default=None, ge=1)
    """How many instances of the task may be active at once in one run."""
    executor: str | None = None
    """The executor that runs the task, where Airflow has several."""
    executor_config: Plain | None = None
    """Arguments for the executor, as plain data."""
    run_as_user: str | None = None
    """The user of the worker's system that runs the task."""

    RESERVED: ClassVar[dict[str, str]] = {
        "task_id": "it is the step's name in the pipeline",
        "trigger_rule": "it is `none_failed`, since cached steps end skipped",
        "dag": "a step belongs to the DAG of its pipeline",
        "task_group": "a step belongs to the DAG of its pipeline",
        "params": "they are made from the parameters of the steps",
        "parameters": "they stand beside `airflow`, not in it",
        "entrypoint": "it is the step's function",
        "inputs": "the pipeline's code connects steps",
        "outputs": "the step's annotations declare them",
        "materializers": "they are chosen in code, by `with_return_materializers`",
        "cache_version": _BESIDE,
        "cache_ttl": _BESIDE,
        "files": "it is an option of `@step`",
        "file_parameters": "they follow from the annotations of the step's parameters",
        "cache_func": _IN_CODE,
        "enable_cache": _BESIDE,
        "do_xcom_push": "later steps find their inputs by the XCom",
        "multiple_outputs": "later steps find their inputs by the XCom",
        "start_date": "it is an argument of the DAG",
        "end_date": "it is an argument of the DAG",
        "sla": "Airflow 3 has no such argument any more",
        "retry_policy": _IN_CODE,
        "pre_execute": _IN_CODE,
        "post_execute": _IN_CODE,
        **{f"on_{event}_callback": _IN_CODE for event in _CALLBACKS},
        **dict.fromkeys(("email", "email_on_retry", "email_on_failure"), _NO_MAIL),
        **dict.fromkeys(("doc_md", "task_display_name", "inlets", "outlets"), _OF_ONE_STEP),
        "resources": _OF_ONE_STEP,
    }
    """Arguments of tasks that a config does not set, and why."""


class TaskArguments(DefaultArguments):
    """Arguments of a step's Airflow task, by Airflow's own names."""

    doc_md: str | None = None
    """Documentation in Markdown; the docstring of the step's function by default."""
    task_display_name: str | None = Field(default=None, min_length=1)
    """The name that Airflow's pages show."""
    inlets: tuple[WrittenAsset, ...] | None = None
    """Assets that the step reads."""
    outlets: tuple[WrittenAsset, ...] | None = None
    """Assets that the step writes; they are updated when it runs, not when it is skipped."""
    resources: Resources | None = None
    """What the task's pod asks Kubernetes for."""

    @model_validator(mode="after")
    def _one_executor_config(self) -> Self:
        if self.resources and self.executor_config is not None:
            raise wrong("ZC364", "it becomes the `executor_config`, which is given, too")
        return self


class DagArguments(Section):
    """Arguments of an Airflow DAG, by Airflow's own names, and `on_hit` and `timezone`."""

    dag_id: str | None = Field(default=None, pattern=f"^{DAG_ID}$")
    """The DAG's id; the pipeline's name by default, with the file's for further configs."""
    schedule: Schedule | None = None
    """When the DAG runs; not by itself by default."""
    timezone: Zone | None = None
    """Zone of cron schedules, and of dates that have none of their own; UTC by default."""
    start_date: Moment | None = None
    """The first date that the DAG runs for."""
    end_date: Moment | None = None
    """The last date that the DAG runs for."""
    catchup: Switch | None = None
    """Whether runs that were missed are made up for; false by default."""
    tags: tuple[Tag, ...] | None = None
    """Tags in Airflow's pages; `zcompile` by default."""
    owner: str | None = None
    """Who is responsible for all of its tasks."""
    owner_links: dict[str, Link] | None = None
    """A link for each owner."""
    description: str | None = None
    """One line about the DAG."""
    doc_md: str | None = None
    """Documentation in Markdown; the docstring of the pipeline's function by default."""
    dag_display_name: str | None = Field(default=None, min_length=1)
    """The name that Airflow's pages show."""
    max_active_runs: Count | None = Field(default=None, ge=1)
    """How many runs may be active at once."""
    max_active_tasks: Count | None = Field(default=None, ge=1)
    """How many tasks of a run may be active at once."""
    max_consecutive_failed_dag_runs: Count | None = Field(default=None, ge=0)
    """After how many failed runs in a row the DAG is paused."""
    dagrun_timeout: Duration | None = None
    """Time after which a run fails."""
    is_paused_upon_creation: Switch | None = None
    """Whether a new DAG starts paused."""
    fail_fast: Switch | None = None
    """Whether one failed task ends the run; needs `on_hit: success`."""
    default_args: DefaultArguments = DefaultArguments.model_construct()
    """Arguments of all tasks."""
    on_hit: Literal["skip", "success"] = "skip"
    """How a cached step ends: skipped at once, or in success, each on its worker."""

    RESERVED: ClassVar[dict[str, str]] = {
        "params": "they are made from the parameters of the steps",
        "schedule_interval": "Airflow 3 calls it `schedule`",
        "timetable": "Airflow 3 calls it `schedule`",
        "concurrency": "Airflow 3 calls it `max_active_tasks`",
        "default_view": "Airflow 3 has no such argument any more",
        "orientation": "Airflow 3 has no such argument any more",
        "sla_miss_callback": "Airflow 3 has no such argument any more",
        "render_template_as_native_obj": "parameters keep the types of their fields anyway",
        "template_searchpath": "the DAG file and its bundle hold all that is needed",
        "user_defined_macros": _IN_CODE,
        "user_defined_filters": _IN_CODE,
        "on_success_callback": _IN_CODE,
        "on_failure_callback": _IN_CODE,
        "deadline": _IN_CODE,
        "steps": "they stand beside `dag`, not in it",
    }
    """Arguments of DAGs that a config does not set, and why."""

    @field_validator("start_date", "end_date")
    @classmethod
    def _in_zone(cls, value: Any, info: ValidationInfo) -> Any:
        return value and localized(value, info.data.get("timezone"))


class StepSettings(Section):
    """What a config says of one step."""

    parameters: dict[str, Any] = Field(default={})
    """Values of the step's parameters, by name."""
    enable_cache: Switch | None = None
    """Whether the step's stored results are used; also accepted in `parameters`."""
    cache_version: str | None = None
    """To be changed when old results must not be used any more."""
    cache_ttl: Period | None = None
    """How old a stored result may be to be used; any age by default."""
    airflow: TaskArguments = TaskArguments.model_construct()
    """Arguments of its Airflow task."""


class PipelineConfig(Section):
    """A whole config file."""

    extends: str | None = None
    """Another config, relative to this file, of which this one changes a part."""
    enable_cache: Switch | None = None
    """Whether stored results are used; the pipeline's switch."""
    parameters: dict[str, Any] = Field(default={})
    """Values of the pipeline's own parameters, by name."""
    dag: DagArguments = DagArguments.model_construct()
    """Arguments of the Airflow DAG."""
    steps: dict[str, StepSettings] = Field(default={})
    """What is said of each step, by its name in the pipeline."""
