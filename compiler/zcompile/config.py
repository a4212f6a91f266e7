"""The YAML config of a pipeline: its models, and reading it from a file."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from zruntime.exceptions import PipelineConfigurationError, Place

MAX_BYTES = 4 * 1024 * 1024
"""Size at which a config is taken for a mistake."""


def _seconds(value: Any) -> Any:
    """A duration given as a plain number counts seconds, as Airflow's own settings do."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return timedelta(seconds=value) if is_number else value


def _aware(value: Any) -> Any:
    """A date or time without time zone is UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif not isinstance(value, datetime) and hasattr(value, "year"):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value


Duration = Annotated[timedelta, BeforeValidator(_seconds)]
AwareTime = Annotated[datetime, BeforeValidator(_aware)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskArguments(_Section):
    """Arguments of an Airflow task, by Airflow's own names."""

    retries: int | None = Field(default=None, ge=0)
    retry_delay: Duration | None = None
    retry_exponential_backoff: bool | None = None
    max_retry_delay: Duration | None = None
    execution_timeout: Duration | None = None
    pool: str | None = None
    pool_slots: int | None = Field(default=None, ge=1)
    queue: str | None = None
    priority_weight: int | None = None
    weight_rule: Literal["downstream", "upstream", "absolute"] | None = None
    owner: str | None = None
    executor: str | None = None
    executor_config: dict[str, Any] | None = None


class DagArguments(_Section):
    """Arguments of an Airflow DAG, by Airflow's own names, and zcompile's `on_hit`."""

    dag_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,250}$")
    schedule: str | None = None
    start_date: AwareTime | None = None
    end_date: AwareTime | None = None
    catchup: bool | None = None
    tags: tuple[str, ...] | None = None
    owner: str | None = None
    description: str | None = None
    max_active_runs: int | None = Field(default=None, ge=1)
    max_active_tasks: int | None = Field(default=None, ge=1)
    dagrun_timeout: Duration | None = None
    is_paused_upon_creation: bool | None = None
    default_args: TaskArguments = TaskArguments()
    on_hit: Literal["skip", "success"] = "skip"


class StepSettings(_Section):
    """What a config says of one step."""

    parameters: dict[str, Any] = {}
    enable_cache: bool | None = None
    airflow: TaskArguments = TaskArguments()


class PipelineConfig(_Section):
    """A whole config file."""

    enable_cache: bool | None = None
    parameters: dict[str, Any] = {}
    dag: DagArguments = DagArguments()
    steps: dict[str, StepSettings] = {}


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, for which a repeated key is an error and aliases are refused.

    A config has no use for aliases, and nested ones can make a small file fill the memory.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not supported", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, (str, int)) and key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key `{key}` is there twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_config(path: Path) -> PipelineConfig:
    """Reads a YAML config.

    Raises:
        PipelineConfigurationError: if the file cannot be read, is no YAML, or does not have the
            form of a config; the message names the place.
    """
    data, root = _parse(path, _read_text(path))
    if not isinstance(data, dict):
        kind = "empty" if data is None else f"a {type(data).__name__}"
        raise PipelineConfigurationError(
            f"The config {path} is {kind} where a mapping is expected.",
            remedy="Write keys such as `enable_cache:` or `steps:` at its top level.",
            place=Place(str(path), 1),
            code="ZC303",
        )
    try:
        return PipelineConfig.model_validate(data)
    except ValidationError as error:
        raise _invalid(path, root, error.errors()) from None


def place_in(path: Path, *keys: str) -> Place:
    """The line of a nested key in a config that has been read."""
    _, root = _parse(path, _read_text(path))
    return _place(path, root, keys)


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PipelineConfigurationError(
            f"The config {path} cannot be read: {error.strerror}.",
            remedy="Check the path given with -c.",
            code="ZC301",
        ) from None
    if len(raw) > MAX_BYTES:
        raise PipelineConfigurationError(
            f"The config {path} has {len(raw)} bytes, more than the {MAX_BYTES} allowed.",
            remedy="Move large values into files that a step reads.",
            code="ZC301",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PipelineConfigurationError(
            f"The config {path} is not UTF-8.",
            remedy="Save it as UTF-8.",
            place=Place(str(path), line),
            code="ZC301",
        ) from None


def _parse(path: Path, text: str) -> tuple[Any, yaml.Node | None]:
    try:
        root = yaml.compose(text, Loader=_Loader)
        loader = _Loader(text)
        try:
            return loader.get_single_data(), root
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise PipelineConfigurationError(
            f"The config {path} is no valid YAML: {problem}.",
            remedy="Indent with spaces, and write each key once.",
            place=Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path), 1),
            code="ZC302",
        ) from None
    except RecursionError:
        raise PipelineConfigurationError(
            f"The config {path} is nested too deeply.", place=Place(str(path), 1), code="ZC302"
        ) from None


def _invalid(
    path: Path, root: yaml.Node | None, errors: list[ErrorDetails]
) -> PipelineConfigurationError:
    first = errors[0]
    keys = tuple(str(item) for item in first["loc"])
    name = ".".join(keys)
    if first["type"] == "extra_forbidden":
        known = ", ".join(f"`{item}`" for item in _known_keys(keys[:-1]))
        message, remedy = f"The config has an unknown key `{name}`.", f"Known keys: {known}."
    else:
        message = f"The config's `{name}` is {first['input']!r}: {first['msg']}."
        remedy = "Change the value."
    return PipelineConfigurationError(
        message, remedy=remedy, place=_place(path, root, keys), code="ZC304"
    )


def _known_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    model: type[BaseModel] = PipelineConfig
    for index, key in enumerate(keys):
        if key == "steps":
            model = StepSettings
        elif key == "dag":
            model = DagArguments
        elif key in ("default_args", "airflow") and index:
            model = TaskArguments
    return tuple(model.model_fields)


def _place(path: Path, root: yaml.Node | None, keys: tuple[str, ...]) -> Place:
    """The place of the deepest of nested keys that the document holds."""
    node, mark = root, root.start_mark if root else None
    for key in keys:
        if not isinstance(node, yaml.MappingNode):
            break
        match = next(((k, v) for k, v in node.value if k.value == key), None)
        if match is None:
            break
        mark, node = match[0].start_mark, match[1]
    return Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path), 1)
