"""Counters and timings of what the cache does, for a collector that somebody sets.

Without one, as on a laptop, they cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zruntime.planning import StepPlan

HIT = "hit"
"""Counts stored results that were used instead of running a step, or an instance of one."""
SAVED = "saved"
"""Times what these had taken to compute."""
MISS = "miss"
"""Counts steps and instances that run; followed by a dot and one of `keys.KINDS`."""
STORED = "bytes.stored"
"""Counts the bytes of the artifacts that steps made."""
UPLOADED = "bytes.uploaded"
"""Counts the bytes of artifacts that were copied to the remote store."""
DOWNLOADED = "bytes.downloaded"
"""Counts the bytes of artifacts that were copied from the remote store."""
LEASE_WAIT = "lease.wait"
"""Times how long steps waited for another process that computed the same result."""
REMOTE_ERROR = "remote.error"
"""Counts how often the remote store could not be reached, read or written."""


class Collector(Protocol):
    """Takes counters and timings; called from any thread."""

    def count(self, name: str, value: int, tags: Mapping[str, str]) -> None:
        """Adds to a counter."""

    def timing(self, name: str, seconds: float, tags: Mapping[str, str]) -> None:
        """Adds a duration, in seconds."""


_collector: Collector | None = None


def collect(collector: Collector | None) -> None:
    """Has this process's counters and timings collected from now on; None ends that."""
    global _collector
    _collector = collector


def count(name: str, value: int = 1, /, **tags: str) -> None:
    """Adds to a counter."""
    if _collector is not None:
        _collector.count(name, value, tags)


def timing(name: str, seconds: float, /, **tags: str) -> None:
    """Adds a duration, in seconds."""
    if _collector is not None:
        _collector.timing(name, seconds, tags)


def count_hits(pipeline: str, step: str, plans: Sequence[StepPlan]) -> None:
    """Counts those that are cached among the plans of a step, or of a mapped step's instances.

    All at once, since each message to a server of metrics takes time.
    """
    # Only what is cached has a producer.
    saved = [plan.saved or 0.0 for plan in plans if plan.producer is not None]
    if saved:
        count(HIT, len(saved), pipeline=pipeline, step=step)
        timing(SAVED, sum(saved), pipeline=pipeline, step=step)
