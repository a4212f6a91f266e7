"""Results that a person has invalidated, where all hosts that share them see it.

Removing an entry from the remote store would leave the copies that other hosts have of it. So a
mark stays below the remote URL, an empty file `gone/<name>.<time>`: what is older is a miss.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from zruntime.hashing import combine, digest_bytes
from zruntime.store.base import Entry
from zruntime.store.remote import Remote

_FOLDER: Final = "gone"

FRESH: Final = 5.0
"""Seconds for which the marks are not listed anew: many entries are looked up at once."""


class Forgotten:
    """The marks in a remote store; none are known while it cannot be reached.

    Args:
        remote: The remote store.
        clock: Gives the Unix time in seconds.
    """

    def __init__(self, remote: Remote, clock: Callable[[], float] = time.time) -> None:
        self._remote = remote
        self._clock = clock
        self._lock = threading.Lock()
        self._listed = float("-inf")
        self._marks: dict[str, float] = {}

    def mark(self, name: str, when: float) -> bool:
        """Marks what was stored at that time or before; whether that was possible.

        Args:
            name: What `name_of_key` or `name_of_step` gives.
            when: Unix time in seconds.
        """
        self._listed = float("-inf")
        return self._remote.write(f"{_FOLDER}/{name}.{when:.6f}", b"")

    def covers(self, entry: Entry) -> bool:
        """Whether an entry was invalidated after it was stored."""
        marks = self._known()
        made = entry.producer
        names = (name_of_key(entry.key), name_of_step(made.pipeline, made.step))
        return any(entry.created <= marks.get(name, float("-inf")) for name in names)

    def _known(self) -> dict[str, float]:
        with self._lock:
            if not 0 <= self._clock() - self._listed < FRESH:
                self._marks = {}
                for file in self._remote.names(_FOLDER):
                    name, _, when = file.partition(".")
                    self._marks[name] = max(_time(when), self._marks.get(name, float("-inf")))
                self._listed = self._clock()
            return self._marks


def name_of_key(key: str) -> str:
    """The name of the marks of one result."""
    return digest_bytes(key.encode("utf-8", "surrogatepass"))


def name_of_step(pipeline: str, step: str) -> str:
    """The name of the marks of all results that a step of a pipeline has computed."""
    return combine((pipeline, step))


def _time(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("-inf")
