"""The rows of a store on disk: short texts by name, in one SQLite file kept by diskcache."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path
from typing import Any, Final, cast
from weakref import WeakSet

from diskcache import Cache, Disk, Timeout
from diskcache.core import MODE_RAW

from zruntime.store.errors import is_damage, translated

_LOG: Final = logging.getLogger("zruntime")
_PATIENCE: Final = 60.0
"""Seconds to wait for another process's transaction."""

_NAMES: Final = (
    "SELECT key FROM Cache WHERE raw = 1 AND key >= ? AND typeof(key) = 'text'"
    f" AND mode = {MODE_RAW} AND filename IS NULL AND typeof(value) = 'text' ORDER BY key"
)


class _TextDisk(Disk):  # type: ignore[misc]
    """Keeps names and values as text in their row.

    diskcache itself would unpickle any row that says so, and read and delete any file that a row
    names (CVE-2025-69872).
    """

    def put(self, key: object) -> tuple[str, bool]:
        if type(key) is not str:
            raise TypeError(f"the name of a row is text, not {type(key).__name__}")
        return key, True

    def get(self, key: object, raw: object) -> str | None:
        return key if raw and type(key) is str else None

    def store(self, value: object, read: bool, key: object = None) -> tuple[int, int, None, str]:
        if read or type(value) is not str:
            raise TypeError(f"a row holds text, not {type(value).__name__}")
        return 0, MODE_RAW, None, value

    def fetch(self, mode: int, filename: object, value: object, read: bool) -> str | None:
        if mode == MODE_RAW and filename is None and type(value) is str:
            return value
        _LOG.warning("Ignored a row in %s that zcompile did not write.", self._directory)
        return None

    def remove(self, file_path: object) -> None:
        """Nothing: no row of ours has a file, and a foreign one may name any."""


class _TextCache(Cache):  # type: ignore[misc]
    @property
    def _con(self) -> sqlite3.Connection:
        connection = cast(sqlite3.Connection, super()._con)
        # Broken text becomes text that is no JSON, so a broken row is an absent row.
        connection.text_factory = _lenient_text
        return connection

    def names_from(self, start: str) -> Iterator[str]:
        # Iterating over the cache itself takes 4.6 s for 100,000 rows, whatever the prefix.
        return (name for (name,) in self._sql(_NAMES, (start,)))


class Index:
    """Texts by name.

    Args:
        root: Folder of the store; the rows are kept in `index` below it. The caller holds a lock
            that keeps other processes from opening the same store.

    Raises:
        OSError, sqlite3.Error: if the database cannot be opened.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._cache = _open(root)
        _OPEN.add(self)

    def read(self, name: str) -> str | None:
        """The text of a row, or None."""
        with self._reconnecting():
            return cast("str | None", self._cache.get(name))

    def write(self, name: str, text: str) -> None:
        """Writes a row.

        Raises:
            StoreError: if the database cannot be written.
        """
        with self._reconnecting():
            self._cache.set(name, text)

    def update(self, name: str, change: Callable[[str | None], str | None]) -> None:
        """Replaces a row's text by what `change` makes of it, or keeps it for None; atomic.

        Raises:
            StoreError: if the database cannot be written.
        """
        with self._reconnecting(), self._cache.transact():
            text = change(self._cache.get(name))
            if text is not None:
                self._cache.set(name, text)

    def remove(self, name: str) -> None:
        """Removes a row if it is there.

        Raises:
            StoreError: if the database cannot be written.
        """
        with self._reconnecting():
            self._cache.delete(name)

    def names(self, prefix: str) -> list[str]:
        """Names of the rows that start with `prefix`, in order."""
        with self._reconnecting():
            found = self._cache.names_from(prefix)
            return list(takewhile(lambda name: name.startswith(prefix), found))

    def close(self) -> None:
        """Closes this thread's connection; the next use opens another."""
        self._cache.close()

    @contextmanager
    def _reconnecting(self) -> Iterator[None]:
        # A connection that once met a read-only disk never writes again; a new one may.
        with translated(self._root):
            try:
                yield
            except (sqlite3.Error, Timeout):
                self._cache.close()
                raise


def _open(root: Path) -> Any:
    folder = root / "index"
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        return _connect(folder)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
    aside = next(path for n in count(1) if not (path := root / "corrupt" / f"index-{n}").exists())
    folder.rename(aside)
    folder.mkdir(mode=0o700)
    _LOG.warning(
        "The index of the store in %s was damaged and is set aside in %s. Artifacts are kept; "
        "records of runs and of cached results start anew.",
        root,
        aside,
    )
    return _connect(folder)


def _connect(folder: Path) -> Any:
    # Writes do not pass retry=True: diskcache then repeats for ever whatever the reason is, on a
    # read-only disk too. SQLite itself waits for a lock until the timeout.
    return _TextCache(
        folder,
        timeout=_PATIENCE,
        disk=_TextDisk,
        eviction_policy="none",
        cull_limit=0,
        statistics=False,
    )


def _lenient_text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


_OPEN: Final[WeakSet[Index]] = WeakSet()


def _close_all() -> None:
    # A child would inherit SQLite's belief to hold locks that the kernel gave to its parent only,
    # and lose what it writes when another process closes the database.
    for index in list(_OPEN):
        index.close()


os.register_at_fork(before=_close_all)
