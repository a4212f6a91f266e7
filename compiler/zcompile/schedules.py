"""Schedules of a DAG: Airflow's presets, and cron expressions of five fields."""

from __future__ import annotations

import re

PRESETS = (
    "@once",
    "@continuous",
    "@hourly",
    "@daily",
    "@weekly",
    "@monthly",
    "@quarterly",
    "@yearly",
)

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of the month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_ITEM = re.compile(r"(?:\*|(?P<start>\w+)(?:-(?P<end>\w+))?(?P<nth>#[1-5])?)(?:/(?P<step>\d+))?")


def checked_schedule(schedule: str) -> str:
    """The schedule itself.

    Raises:
        ValueError: if it is neither a preset nor a cron expression.
    """
    if schedule in PRESETS:
        return schedule
    fields = schedule.split()
    if schedule.startswith("@") or len(fields) != len(_FIELDS):
        raise ValueError(
            f"expected a cron expression of five fields, such as `0 6 * * 1-5`, null, or one of "
            f"{', '.join(PRESETS)}"
        )
    for text, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        for item in text.lower().split(","):
            if not _is_item(item, low, high, names):
                raise ValueError(f"`{item}` is no {name}, which goes from {low} to {high}")
    return schedule


def _is_item(item: str, low: int, high: int, names: list[str]) -> bool:
    if item == "?" or (item == "l" and high == 31):
        return True
    found = _ITEM.fullmatch(item)
    if not found:
        return False
    if found["nth"] and names is not _DAYS:
        return False
    ends = [end for end in (found["start"], found["end"]) if end is not None]
    inside = all(end in names or (end.isdecimal() and low <= int(end) <= high) for end in ends)
    return inside and found["step"] not in ("0", "00")
