"""The types of values in a YAML config: durations, dates, time zones, and plain data."""

from __future__ import annotations

import json
import re
import zoneinfo
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from zcompile.config.cron import checked_cron
from zcompile.problems import nearest

DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*[wdhms]\s*)+", re.ASCII)
"""A duration such as `90s`, `10m` or `1h 30m`."""

_ISO = re.compile(r"P(?=.)(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?")
_HOW = "write seconds, or text such as `10m`, `1h 30m` or `PT1H30M`"
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def wrong(code: str, problem: str) -> PydanticCustomError:
    """A mistake in a value, with the code of its diagnostic."""
    return PydanticCustomError(code, "{problem}", {"problem": problem})


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise wrong("ZC344", "write a duration that is longer than nothing")
    return value


def _duration(value: Any) -> Any:
    """A duration; a plain number counts seconds, as Airflow's own settings do."""
    try:
        if isinstance(value, str):
            return _written_duration(value)
        if isinstance(value, bool):
            raise wrong("ZC344", _HOW)
        if not isinstance(value, (int, float)):
            return value
        return timedelta(seconds=value)
    except OverflowError:
        raise wrong("ZC344", "a duration is at most 999999999 days") from None


def _written_duration(text: str) -> timedelta | str:
    if DURATION.fullmatch(text):
        parts = re.findall(r"(\d+(?:\.\d+)?)\s*([wdhms])", text)
        return sum(
            (timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta()
        )
    if _ISO.fullmatch(text):
        return text
    raise wrong("ZC344", _HOW)


def _date_text(value: Any) -> Any:
    """pydantic takes a number for the seconds since 1970, which nobody means by `20260131`."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and "-" not in value):
        raise ValueError("write a date such as 2026-01-31")
    return value


def localized(value: datetime, zone: str | None) -> datetime:
    """A date or time in a time zone, UTC by default; one that has its own keeps its moment."""
    known: tzinfo = zoneinfo.ZoneInfo(zone) if zone else timezone.utc
    if value.tzinfo is None:
        return value.replace(tzinfo=known)
    try:
        return value.astimezone(known if zone else value.tzinfo)
    except OverflowError:
        raise ValueError("it is too far from today") from None


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        known = zoneinfo.available_timezones()
        if value not in known:
            meant = nearest(value, known)
            hint = f"did you mean `{meant}`?" if meant else "write one such as `Europe/Berlin`"
            raise wrong("ZC361", f"there is no such time zone; {hint}") from None
    return value


def _cron(value: str) -> str:
    try:
        return checked_cron(value)
    except ValueError as error:
        raise wrong("ZC360", str(error)) from None


def _json(value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"it holds what JSON cannot: {error}") from None
    return value


def _some(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise wrong("ZC344", "write at least one")
    return value


_TEXT_SCHEMA = {"type": "string", "pattern": rf"^(({DURATION.pattern})|P.+)$"}
_DURATION_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, _TEXT_SCHEMA]}

Duration = Annotated[
    timedelta, BeforeValidator(_duration), Field(ge=timedelta(0)), WithJsonSchema(_DURATION_SCHEMA)
]
Period = Annotated[Duration, AfterValidator(_positive)]
WrittenPeriod = Annotated[Period, WithJsonSchema(_TEXT_SCHEMA)]
Moment = Annotated[
    datetime,
    BeforeValidator(_date_text),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"}),
]
Zone = Annotated[str, AfterValidator(_zone)]
Cron = Annotated[str, AfterValidator(_cron)]
Plain = Annotated[dict[str, Any], AfterValidator(_json)]
Some = AfterValidator(_some)
"""What makes a tuple one of at least one item; pydantic's own counts only items that are right."""
Count = Annotated[int, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]
