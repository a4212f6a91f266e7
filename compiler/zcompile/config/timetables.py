"""The schedule of a DAG in a YAML config."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Discriminator, Tag, model_validator
from typing_extensions import Self

from zcompile.config.assets import (
    AllOf,
    AnyOf,
    Asset,
    AssetAlias,
    AssetList,
    NamedAsset,
    Section,
    asset_kind,
)
from zcompile.config.cron import checked_schedule
from zcompile.config.values import (
    DURATION,
    Cron,
    Duration,
    Period,
    Some,
    Switch,
    WrittenPeriod,
    Zone,
    wrong,
)


class CronTrigger(Section):
    """Runs at the times of a cron expression."""

    cron: Cron
    """A cron expression or preset."""
    timezone: Zone | None = None
    """The zone of its times; `dag.timezone` by default, and else UTC."""
    interval: Duration | None = None
    """Length of each run's data interval, which ends when the run starts."""
    run_immediately: Switch | Period | None = None
    """Whether a new DAG runs for the last time that has passed; or if that is not longer ago."""


class MultipleCronTrigger(Section):
    """Runs at the times of several cron expressions."""

    crons: Annotated[tuple[Cron, ...], Some]
    """Cron expressions or presets."""
    timezone: Zone | None = None
    """The zone of their times; `dag.timezone` by default, and else UTC."""
    interval: Duration | None = None
    """Length of each run's data interval, which ends when the run starts."""
    run_immediately: Switch | Period | None = None
    """Whether a new DAG runs for the last time that has passed; or if that is not longer ago."""


class CronDataInterval(Section):
    """Runs for each of the intervals between the times of a cron expression, at its end."""

    cron: Cron
    """A cron expression or preset."""
    timezone: Zone | None = None
    """The zone of its times; `dag.timezone` by default, and else UTC."""


class DeltaTrigger(Section):
    """Runs again and again after a time."""

    delta: Period
    """The time from one run to the next."""
    interval: Duration | None = None
    """Length of each run's data interval, which ends when the run starts."""


class DeltaDataInterval(Section):
    """Runs for each of the intervals of a length, at its end."""

    delta: Period
    """The length of an interval."""


class _OneTimetable(Section):
    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len([name for name in type(self).model_fields if getattr(self, name) is not None]) != 1:
            raise wrong(
                "ZC360", f"name one timetable: {', '.join(sorted(type(self).model_fields))}"
            )
        return self


class TimeTable(_OneTimetable):
    """One of Airflow's timetables, by the name of its class; they need Airflow 3.2."""

    CronTriggerTimetable: CronTrigger | None = None
    """Runs at the times of a cron expression."""
    MultipleCronTriggerTimetable: MultipleCronTrigger | None = None
    """Runs at the times of several cron expressions."""
    CronDataIntervalTimetable: CronDataInterval | None = None
    """Runs for each of the intervals between the times of a cron expression, at its end."""
    DeltaTriggerTimetable: DeltaTrigger | None = None
    """Runs again and again after a time."""
    DeltaDataIntervalTimetable: DeltaDataInterval | None = None
    """Runs for each of the intervals of a length, at its end."""


class AssetOrTime(Section):
    """Runs at the times of a timetable, and when assets are updated."""

    timetable: TimeTable
    """The times, by the name of a timetable's class."""
    assets: Assets
    """A list of assets, all of which are waited for, or an asset expression."""


class Timetable(TimeTable):
    """One of Airflow's timetables, or `AssetOrTimeSchedule`."""

    AssetOrTimeSchedule: AssetOrTime | None = None
    """Runs at the times of a timetable, and when assets are updated."""

    RESERVED: ClassVar[dict[str, str]] = {
        "EventsTimetable": "Airflow 3.3 cannot store it when it comes from `airflow.sdk`",
    }


def _schedule(value: str) -> str:
    try:
        return checked_schedule(value)
    except ValueError as error:
        raise wrong("ZC360", str(error)) from None


def _kind(value: Any) -> str | None:
    """The tag of a schedule; None if it is nothing of the kind."""
    if isinstance(value, str):
        is_duration = DURATION.fullmatch(value) or (value[:1] == "P" and value[1:2].isalnum())
        return "<duration>" if is_duration else "<cron>"
    if isinstance(value, (list, tuple)):
        return "<assets>"
    if isinstance(value, dict) and not {*value} & {"any", "all", "alias", "name", "uri"}:
        return "<timetable>"
    return asset_kind(value)


ScheduleText = Annotated[str, AfterValidator(_schedule)]

Assets = Annotated[
    Annotated[AssetList, Tag("<assets>")]
    | Annotated[NamedAsset, Tag("<name>")]
    | Annotated[Asset, Tag("<asset>")]
    | Annotated[AssetAlias, Tag("<alias>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AllOf, Tag("<all>")],
    Discriminator(
        lambda value: "<assets>" if isinstance(value, (list, tuple)) else asset_kind(value),
        custom_error_type="ZC362",
        custom_error_message="write a list of assets, or a mapping with `any` or `all`",
    ),
]
"""What a DAG waits for."""

Schedule = Annotated[
    Annotated[ScheduleText, Tag("<cron>")]
    | Annotated[WrittenPeriod, Tag("<duration>")]
    | Annotated[Timetable, Tag("<timetable>")]
    | Annotated[AssetList, Tag("<assets>")]
    | Annotated[Asset, Tag("<asset>")]
    | Annotated[AssetAlias, Tag("<alias>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AllOf, Tag("<all>")],
    Discriminator(
        _kind,
        custom_error_type="ZC360",
        custom_error_message="write a cron expression such as `0 6 * * 1-5`, a preset such as "
        "`@daily`, a duration such as `6h`, a list of assets, an asset expression or a timetable",
    ),
]
"""When a DAG runs."""

AssetOrTime.model_rebuild()
Timetable.model_rebuild()
