"""How old a stored result may be: the ``cache_ttl`` of a step."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Final

from zruntime.spec import StepSpec
from zruntime.store import Entry, Store

AHEAD: Final = timedelta(minutes=5)
"""How far the clock of another host may be ahead."""

_UNITS: Final = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def fresh_entry(store: Store, step: StepSpec, key: str) -> tuple[Entry | None, str]:
    """The stored result of a key that a step may use.

    Returns:
        The entry, or None; and why one that is there is not used, in words.
    """
    entry = store.lookup(key)
    if entry is None or step.cache_ttl is None:
        return entry, ""
    reason = too_old(entry, step.cache_ttl, time.time())
    if reason:
        # Another host may have computed it anew.
        entry = store.renewed(key)
        if entry is not None and not too_old(entry, step.cache_ttl, time.time()):
            return entry, ""
    return (None, reason) if reason else (entry, "")


def too_old(entry: Entry, ttl: timedelta, now: float) -> str:
    """Why an entry is too old, in words, or an empty string.

    A clock that was wrong may have dated it in the future. Its age is then unknown, so it counts
    as too old.

    Args:
        entry: The entry.
        ttl: How old it may be.
        now: Unix time, in seconds.
    """
    age = now - entry.created
    if age < -min(ttl, AHEAD).total_seconds():
        return f"its result is dated in the future, so cache_ttl {written(ttl)} does not take it"
    if age <= ttl.total_seconds():
        return ""
    made = datetime.fromtimestamp(entry.created, timezone.utc)
    return f"older than cache_ttl {written(ttl)} (made {made:%Y-%m-%d %H:%M:%S} UTC)"


def written(duration: timedelta) -> str:
    """A duration as one writes it, such as `1d 12h`."""
    rest, parts = duration.total_seconds(), []
    for unit, seconds in _UNITS[:-1]:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count:.0f}{unit}")
    if rest or not parts:
        parts.append(f"{rest:g}s")
    return " ".join(parts)
