"""Cron expressions and presets, as Airflow knows them."""

from __future__ import annotations

import re
from datetime import datetime

from zcompile.problems import nearest

ONCE, CONTINUOUS = "@once", "@continuous"
REGULAR = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
PRESETS = (ONCE, CONTINUOUS, *REGULAR)

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of the month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
    ("second", 0, 59, []),
)
_ITEM = re.compile(r"(?:\*|(?P<start>\w+)(?:-(?P<end>\w+))?(?P<nth>#[1-5])?)(?:/(?P<step>\d+))?")
_LAST_DAY = re.compile(r"l[0-7]")


def checked_schedule(schedule: str) -> str:
    """The schedule itself.

    Raises:
        ValueError: if it is neither a preset nor a cron expression that comes true.
    """
    return schedule if schedule in (ONCE, CONTINUOUS) else checked_cron(schedule)


def checked_cron(expression: str) -> str:
    """The expression itself.

    Raises:
        ValueError: if it is neither a regular preset nor a cron expression that comes true.
    """
    if expression in REGULAR:
        return expression
    fields = expression.split()
    if expression.startswith("@") or not 5 <= len(fields) <= len(_FIELDS):
        meant = nearest(expression, PRESETS) if expression.startswith("@") else ""
        raise ValueError(
            f"{f'did you mean `{meant}`? ' if meant else ''}expected a cron expression of five "
            "fields, such as `0 6 * * 1-5` (six with seconds as the last one), a duration such as "
            f"`6h`, null, or one of {', '.join(PRESETS)}"
        )
    for text, (name, low, high, names) in zip(fields, _FIELDS, strict=False):
        for item in text.lower().split(","):
            if not _is_item(item, low, high, names):
                raise ValueError(f"`{item}` is no {name}, which goes from {low} to {high}")
    from croniter import croniter

    try:
        croniter(expression, datetime(2024, 1, 1)).get_next(datetime)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"it never comes true, or is no cron expression ({error})") from None
    return expression


def _is_item(item: str, low: int, high: int, names: list[str]) -> bool:
    if item == "?" or (item == "l" and high == 31):
        return True
    if names is _DAYS and _LAST_DAY.fullmatch(item):
        return True
    found = _ITEM.fullmatch(item)
    if not found:
        return False
    if found["nth"] and names is not _DAYS:
        return False
    ends = [end for end in (found["start"], found["end"]) if end is not None]
    inside = all(end in names or _is_number(end, low, high) for end in ends)
    return inside and found["step"] not in ("0", "00")


def _is_number(text: str, low: int, high: int) -> bool:
    return text.isascii() and text.isdecimal() and low <= int(text) <= high
