"""The YAML config of a pipeline: its models, and reading it from a file."""

from __future__ import annotations

import difflib
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from zcompile.schedules import checked_schedule
from zruntime.exceptions import PipelineConfigurationError, Place

MAX_BYTES = 4 * 1024 * 1024
"""Size at which a config is taken for a mistake."""


def _seconds(value: Any) -> Any:
    """A duration given as a plain number counts seconds, as Airflow's own settings do."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    try:
        return timedelta(seconds=value)
    except OverflowError:
        raise ValueError("a duration is at most 999999999 days") from None


def _not_a_number(value: Any) -> Any:
    """pydantic takes a number for the seconds since 1970, which nobody means by `20260131`."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and "-" not in value):
        raise ValueError("write a date such as 2026-01-31")
    return value


def _aware(value: datetime) -> datetime:
    """A date or time without time zone is UTC."""
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"it holds what JSON cannot: {error}") from None
    return value


Duration = Annotated[timedelta, BeforeValidator(_seconds), Field(ge=timedelta(0))]
AwareTime = Annotated[datetime, BeforeValidator(_not_a_number), AfterValidator(_aware)]
Plain = Annotated[dict[str, Any], AfterValidator(_plain)]
Count = Annotated[int, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]

DAG_ID = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,249}"
"""What a DAG id and so the name of its file looks like."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskArguments(_Section):
    """Arguments of an Airflow task, by Airflow's own names."""

    retries: Count | None = Field(default=None, ge=0)
    retry_delay: Duration | None = None
    retry_exponential_backoff: Switch | None = None
    max_retry_delay: Duration | None = None
    execution_timeout: Duration | None = None
    pool: str | None = None
    pool_slots: Count | None = Field(default=None, ge=1)
    queue: str | None = None
    priority_weight: Count | None = None
    weight_rule: Literal["downstream", "upstream", "absolute"] | None = None
    owner: str | None = None
    executor: str | None = None
    executor_config: Plain | None = None


class DagArguments(_Section):
    """Arguments of an Airflow DAG, by Airflow's own names, and zcompile's `on_hit`."""

    dag_id: str | None = Field(default=None, pattern=f"^{DAG_ID}$")
    schedule: Annotated[str, AfterValidator(checked_schedule)] | None = None
    start_date: AwareTime | None = None
    end_date: AwareTime | None = None
    catchup: Switch | None = None
    tags: tuple[str, ...] | None = None
    owner: str | None = None
    description: str | None = None
    max_active_runs: Count | None = Field(default=None, ge=1)
    max_active_tasks: Count | None = Field(default=None, ge=1)
    dagrun_timeout: Duration | None = None
    is_paused_upon_creation: Switch | None = None
    default_args: TaskArguments = TaskArguments()
    on_hit: Literal["skip", "success"] = "skip"


class StepSettings(_Section):
    """What a config says of one step."""

    parameters: dict[str, Any] = {}
    enable_cache: Switch | None = None
    airflow: TaskArguments = TaskArguments()


class PipelineConfig(_Section):
    """A whole config file."""

    enable_cache: Switch | None = None
    parameters: dict[str, Any] = {}
    dag: DagArguments = DagArguments()
    steps: dict[str, StepSettings] = {}


_KEY_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, for which a repeated key is an error and aliases are refused.

    A config has no use for aliases, and nested ones can make a small file fill the memory.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not supported", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, str):
                value.encode()
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
            kind = node.tag.rpartition(":")[2]
            raise yaml.MarkedYAMLError(
                problem=f"{_shown(node.value)} is no {kind}", problem_mark=node.start_mark
            ) from None
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag not in _KEY_TAGS:
                raise yaml.MarkedYAMLError(
                    problem="a key is no text, which it is in quotes",
                    problem_mark=key_node.start_mark,
                )
            if key_node.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key `{key_node.value}` is there twice",
                    problem_mark=key_node.start_mark,
                )
            seen.add(key_node.value)
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
            f"The config {path} is nested too deeply.",
            remedy="Move deep values into files that a step reads.",
            place=Place(str(path), 1),
            code="ZC302",
        ) from None


def _invalid(
    path: Path, root: yaml.Node | None, errors: list[ErrorDetails]
) -> PipelineConfigurationError:
    first = errors[0]
    keys = tuple(str(item) for item in first["loc"] if item != "[key]")
    name = ".".join(keys)
    if first["type"] == "extra_forbidden":
        known = _known_keys(keys[:-1])
        nearest = difflib.get_close_matches(keys[-1], known, n=1)
        hint = f"Did you mean `{nearest[0]}`? " if nearest else ""
        message = f"The config has an unknown key `{name}`."
        remedy = f"{hint}Known keys: {', '.join(f'`{item}`' for item in known)}."
    elif first["type"] in ("model_type", "dict_type"):
        message = f"The config's `{name}` is {_shown(first['input'])} where a mapping is expected."
        remedy = f"Write its keys on lines of their own below `{keys[-1]}:`, further indented."
    else:
        problem = first["msg"].removeprefix("Value error, ")
        message = f"The config's `{name}` is {_shown(first['input'])}: {problem}."
        remedy = "Change the value, or leave the key out."
    return PipelineConfigurationError(
        message, remedy=remedy, place=_place(path, root, keys), code="ZC304"
    )


def _shown(value: Any) -> str:
    text = "empty" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


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
