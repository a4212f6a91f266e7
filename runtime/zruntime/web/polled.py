"""Records of runs for pages that ask for them again and again, mostly to hear of no change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Final

from msgspec import Struct

from zruntime.records import Records, RunRecord
from zruntime.sources import Sources
from zruntime.store import LocalStore, MemoryStore
from zruntime.store.pins import pinned
from zruntime.web.answers import Answer, answer, has, unchanged
from zruntime.web.data import linked, with_actions

_KEPT: Final = 256


class _Made(Struct, frozen=True):
    """An answer's tag, and what it was made of.

    Attributes:
        sources: The rows that it tells of.
        version: Theirs, read before the answer was made; None if that was not known then.
        tag: Names the answer.
    """

    sources: Sources
    version: object
    tag: str


class RunAnswers:
    """Answers about runs; one that would be the same again is not made again.

    It keeps no answer, only what the last ones were made of.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, _Made] = {}
        self._lock = threading.Lock()

    def answer(
        self,
        store: LocalStore | MemoryStore,
        find: Callable[[Records], RunRecord | None],
        place: tuple[str, str],
        editable: bool,
        if_none_match: str,
    ) -> Answer | None:
        """A run as its page takes it; 304 if the client has it, None if there is no such run.

        Args:
            store: Where it is recorded.
            find: Reads its record.
            place: Names it among all runs.
            editable: Whether whoever asked may act.
            if_none_match: The tags of what the client has; see `answers.answer`.
        """
        asked = (*place, editable)
        with self._lock:
            last = self._last.get(asked)
        version = _version(last.sources, store) if last else None
        if last and version and version == last.version and has(last.tag, if_none_match):
            return unchanged(last.tag)
        records = Records(store)
        run = find(records)
        if run is None:
            return None
        made = answer(with_actions(linked(records, run), store, editable), if_none_match)
        sources = Sources.of(run, store)
        same = last is not None and last.sources == sources
        self._keep(asked, _Made(sources, version if same else None, made.headers["ETag"]))
        return made

    def _keep(self, asked: Hashable, made: _Made) -> None:
        with self._lock:
            self._last.pop(asked, None)
            self._last[asked] = made
            if len(self._last) > _KEPT:
                del self._last[next(iter(self._last))]


def _version(sources: Sources, store: LocalStore | MemoryStore) -> object:
    version = sources.version(store)
    return version and (version, pinned(store))
