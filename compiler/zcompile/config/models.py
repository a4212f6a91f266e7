"""The models of a YAML config: its keys, their types, and what they default to."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from zcompile.schedules import checked_schedule


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
