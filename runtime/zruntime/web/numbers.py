"""A store in numbers, for the page of the artifact cache."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from zruntime.records import Records
from zruntime.store import LocalStore
from zruntime.store.maintenance import Garbage, Statistics, Usage, collect_garbage, statistics
from zruntime.usage import usage_of

FRESH: Final = 30.0
"""Seconds for which numbers are not counted anew: that reads all entries and records."""

TOP: Final = 100
"""Steps that are told."""


class _Counted(Struct, frozen=True):
    when: float
    found: Statistics
    usage: Usage
    garbage: Garbage
    dags: Mapping[str, frozenset[str]]


class StoreNumbers:
    """Counts what is in a store, not more often than every 30 seconds.

    Args:
        store: The store.
        records: Its records.
        clock: Gives the Unix time in seconds.
    """

    def __init__(
        self, store: LocalStore, records: Records, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._records = records
        self._clock = clock
        self._lock = threading.Lock()
        self._last: _Counted | None = None

    def seen_by(self, dags: Collection[str]) -> dict[str, Any]:
        """The numbers as plain JSON data.

        Args:
            dags: The DAGs that somebody may see; the steps of pipelines that none of them runs
                are summed up as others.

        Raises:
            StoreError: if the store cannot be read.
        """
        counted = self._counted()
        shown, others = _split(counted, dags)
        return {
            "counted": counted.when,
            "remote": self._store.shared_at,
            "entries": counted.found.entries,
            "artifacts": counted.found.artifacts,
            "size": counted.found.size,
            "set_aside": counted.found.set_aside,
            "hits": counted.usage.totals.hits,
            "saved": counted.usage.totals.seconds_saved,
            "garbage": {
                "entries": len(counted.garbage.entries),
                "artifacts": counted.garbage.artifacts,
                "files": counted.garbage.files,
                "size": counted.garbage.size,
            },
            "steps": [
                {"pipeline": pipeline, "step": step, "entries": entries, "size": size}
                for (pipeline, step), (entries, size) in shown.items()
            ],
            "others": {
                "entries": sum(entries for entries, _ in others),
                "size": sum(size for _, size in others),
            },
        }

    def _counted(self) -> _Counted:
        with self._lock:
            if self._last is None or not 0 <= self._clock() - self._last.when < FRESH:
                usage = usage_of(self._records)
                self._last = _Counted(
                    self._clock(),
                    statistics(self._store),
                    usage,
                    collect_garbage(self._store, usage, dry_run=True),
                    self._records.dags(),
                )
            return self._last


def _split(
    counted: _Counted, dags: Collection[str]
) -> tuple[dict[tuple[str, str], tuple[int, int]], list[tuple[int, int]]]:
    """Entries and bytes of the steps to tell, and of each of the others."""
    seen = {pipeline for pipeline, by in counted.dags.items() if not by.isdisjoint(dags)}
    steps = counted.found.steps
    shown = dict(islice(((step, kept) for step, kept in steps.items() if step[0] in seen), TOP))
    return shown, [kept for step, kept in steps.items() if step not in shown]
