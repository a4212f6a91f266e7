"""The rows of a store on disk: short texts by name, in one SQLite file kept by diskcache."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from itertools import count, takewhile
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from weakref import WeakSet

from diskcache import Cache, Disk, Timeout
from diskcache.core import DEFAULT_SETTINGS, MODE_RAW

from zruntime.store.errors import is_damage, translated
from zruntime.store.texts import Texts

R = TypeVar("R")

_LOG: Final = logging.getLogger("zruntime")
_PATIENCE: Final = 60.0
"""Seconds to wait for another process's transaction."""

_SETTINGS: Final = {**DEFAULT_SETTINGS, "eviction_policy": "none", "cull_limit": 0}

_SYNCHRONOUS: Final = DEFAULT_SETTINGS["sqlite_synchronous"]

_OF_CONNECTIONS: Final = "".join(
    f"PRAGMA {name} = {DEFAULT_SETTINGS[f'sqlite_{name}']};"
    for name in ("cache_size", "mmap_size", "synchronous")
)
"""Sets what each connection is told anew."""

_TROUBLE: Final = (sqlite3.Error, Timeout, UnicodeDecodeError)
"""What a connection raises that is of no use any more, or whose database is damaged."""

_WHOLE: Final = "index.new"
"""Folder of a database that is about to take the place of a damaged one."""

_OURS: Final = (
    "FROM Cache WHERE raw = 1 AND typeof(key) = 'text'"
    f" AND mode = {MODE_RAW} AND filename IS NULL AND typeof(value) = 'text'"
)
_ROW: Final = "SELECT mode, filename, value FROM Cache WHERE key = ? AND raw = 1"
_ROWS: Final = f"SELECT key, value {_OURS}"
_ROWS_FROM: Final = f"{_ROWS} AND key >= ? ORDER BY key"
_IS_COMPLETE: Final = "SELECT 1 FROM sqlite_master WHERE name = 'Settings_size_delete'"
"""Looks for what diskcache makes last in a new database."""


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
    def __init__(self, folder: Path) -> None:
        # Writes do not pass retry=True: diskcache then repeats for ever whatever the reason
        # is, on a read-only disk too. SQLite itself waits for a lock until the timeout.
        super().__init__(str(folder), timeout=_PATIENCE, disk=_TextDisk, **_SETTINGS)

    @classmethod
    def resumed(cls, folder: Path) -> _TextCache | None:
        """Takes up a database that is set up, by reading alone; None for any other one.

        diskcache sets it up anew whenever it is opened: some fifty transactions, and an fsync.
        """
        cache = cls.__new__(cls)
        if cache._resume(str(folder)):
            return cache
        cache.close()
        return None

    def _resume(self, folder: str) -> bool:
        self._directory, self._timeout, self._txn_id = folder, _PATIENCE, None
        self._local, self._disk = threading.local(), _TextDisk(folder)
        self.__dict__.update(_SETTINGS)
        try:
            self._connect()
            found = dict(self._sql("SELECT key, value FROM Settings"))
            complete = self._sql(_IS_COMPLETE).fetchone() is not None
        except Exception:  # diskcache trips in many ways over settings that are damaged
            return False
        return complete and found.items() >= _SETTINGS.items()

    def _connect(self) -> None:
        """Opens this thread's connection to a database that is set up.

        diskcache takes twice as long: it also sets what the database itself remembers.
        """
        file = Path(self._directory, "cache.db")
        self._local.con = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)
        self._local.pid = os.getpid()
        self._local.con.executescript(_OF_CONNECTIONS)

    @contextmanager
    def _transact(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        # SQLite syncs the beginning of a new log, for the sake of former ones that it overwrites.
        # An empty one has none, and the log as a whole is synced before the database is written.
        begins = self._txn_id != threading.get_ident() and _size(self._log) == 0
        if begins:
            self._sql("PRAGMA synchronous = OFF")
        try:
            with super()._transact(*args, **kwargs) as transaction:
                yield transaction
        finally:
            if begins:
                self._sql(f"PRAGMA synchronous = {_SYNCHRONOUS}")

    @property
    def _log(self) -> Path:
        return Path(self._directory, "cache.db-wal")

    @property
    def _con(self) -> sqlite3.Connection:
        connection = cast(sqlite3.Connection, super()._con)
        # Broken text becomes text that is no JSON, so a broken row is an absent row.
        connection.text_factory = _lenient_text
        return connection

    def read(self, name: str) -> str | None:
        # `get` takes three times as long: it looks after times at which rows expire.
        row = self._sql(_ROW, (name,)).fetchone()
        if row is None:
            return None
        mode, filename, value = row
        return self._disk.fetch(mode, filename, value, read=False)

    def write(self, name: str, text: str) -> None:
        self.set(name, text)

    def update(self, name: str, change: Callable[[str | None], str | None]) -> None:
        with self.transact():
            text = change(self.read(name))
            if text is not None:
                self.set(name, text)

    def remove(self, name: str) -> None:
        self.delete(name)

    def items(self, prefix: str) -> list[tuple[str, str]]:
        # Iterating over the cache itself takes 4.6 s for 100,000 rows, whatever the prefix.
        found = self._sql(_ROWS_FROM, (prefix,))
        return list(takewhile(lambda row: row[0].startswith(prefix), found))


class Index:
    """Texts by name.

    Args:
        root: Folder of the store; the rows are kept in `index` below it.
        lock: Keeps other processes from opening the same store meanwhile.

    A database that is damaged, now or later, is set aside, and an empty one takes its place.

    Raises:
        OSError, sqlite3.Error: if the database cannot be opened.
    """

    def __init__(self, root: Path, lock: Callable[[], AbstractContextManager[object]]) -> None:
        self._root = root
        self._lock = lock
        resumed = _resumed(root)
        if resumed is None:
            with lock():
                resumed = _open(root)
        self._cache, self._file = resumed
        _OPEN.add(self)

    def read(self, name: str) -> str | None:
        """The text of a row, or None."""
        try:
            return self._cache.read(name)  # what `_do` adds takes half as long as the read itself
        except (OSError, *_TROUBLE):
            return self._do(lambda cache: cache.read(name))

    def write(self, name: str, text: str) -> None:
        """Writes a row.

        Raises:
            StoreError: if the database cannot be written.
        """
        self._do(lambda cache: cache.write(name, text))

    def update(self, name: str, change: Callable[[str | None], str | None]) -> None:
        """Replaces a row's text by what `change` makes of it, or keeps it for None; atomic.

        Raises:
            StoreError: if the database cannot be written.
        """
        self._do(lambda cache: cache.update(name, change))

    def transact(self, action: Callable[[Texts], R]) -> R:
        """What `action` returns, whose writes are done all at once, or not at all if it raises.

        Args:
            action: Called with the rows; once more if the database is damaged.

        Raises:
            StoreError: if the database cannot be written.
        """

        def transact(cache: _TextCache) -> R:
            with cache.transact():
                return action(cache)

        return self._do(transact)

    def remove(self, name: str) -> None:
        """Removes a row if it is there.

        Raises:
            StoreError: if the database cannot be written.
        """
        self._do(lambda cache: cache.remove(name))

    def items(self, prefix: str) -> list[tuple[str, str]]:
        """Names and texts of the rows whose names start with `prefix`, in order of the names."""
        return self._do(lambda cache: cache.items(prefix))

    def is_in_place(self) -> bool:
        """Whether the database is still the one that was opened."""
        return self._file is not None and _identity(self._root / "index") == self._file

    def close(self) -> None:
        """Closes this thread's connection; the next use opens another."""
        self._cache.close()

    def _do(self, action: Callable[[_TextCache], R]) -> R:
        with translated(self._root):
            cache = self._cache
            for _ in range(2):
                try:
                    return action(cache)
                except _TROUBLE as error:
                    # A connection that once met a read-only disk never writes again, and one to a
                    # file that was moved away never finds it; a new one may.
                    cache.close()
                    if not is_damage(error, self._root / "index"):
                        raise
            self._renew(cache)
            return action(self._cache)

    def _renew(self, damaged: _TextCache) -> None:
        with self._lock():
            if self._cache is not damaged:
                return  # another thread did it
            folder = self._root / "index"
            if _identity(folder) == self._file:
                self._cache, self._file = _replace(self._root), _identity(folder)
            else:  # another process did it
                self._cache, self._file = _open(self._root)


_Opened = tuple[_TextCache, tuple[int, int] | None]
"""A database, and which one it is."""


def _resumed(root: Path) -> _Opened | None:
    """A database that needs no lock to be opened; None if it may change places meanwhile."""
    folder = root / "index"
    file = _identity(folder)
    cache = _TextCache.resumed(folder) if file is not None else None
    if cache is None:
        return None
    if _identity(folder) == file:
        return cache, file
    cache.close()
    return None


def _open(root: Path) -> _Opened:
    folder, whole = root / "index", root / _WHOLE
    if whole.exists() and not folder.exists():  # killed in `_replace`
        whole.rename(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        resumed = _TextCache.resumed(folder)
        # An empty cache is false.
        cache = _TextCache(folder) if resumed is None else resumed
    except Exception as error:  # as above
        if not is_damage(error, folder):
            raise
        cache = _replace(root)
    return cache, _identity(folder)


def _replace(root: Path) -> _TextCache:
    """Sets the database aside, and puts one in its place with what can be read of it."""
    folder, whole = root / "index", root / _WHOLE
    aside = next(path for n in count(1) if not (path := root / "corrupt" / f"index-{n}").exists())
    shutil.rmtree(whole, ignore_errors=True)  # of a process that was killed
    whole.mkdir(mode=0o700)
    cache = _TextCache(whole)
    with cache.transact():
        for name, text in _readable(folder / "cache.db"):
            cache.set(name, text)
    cache.close()
    folder.rename(aside)
    whole.rename(folder)
    _LOG.warning(
        "The index of the store in %s was damaged and is set aside in %s. Artifacts are kept, and "
        "what could be read of the records of runs and of cached results.",
        root,
        aside,
    )
    return _TextCache(folder)


def _readable(database: Path) -> Iterator[tuple[str, str]]:
    """The rows of a damaged database, from both of its ends up to where it is damaged."""
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error, UnicodeDecodeError), closing(sqlite3.connect(database)) as old:
            old.text_factory = _lenient_text
            yield from old.execute(f"{_ROWS} ORDER BY rowid {order}")


def _size(file: Path) -> int | None:
    """Number of bytes of a file, None if there is none."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return None


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a database from the one that took its place."""
    try:
        found = (folder / "cache.db").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _lenient_text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


_OPEN: Final[WeakSet[Index]] = WeakSet()


def _close_all() -> None:
    # A child would inherit SQLite's belief to hold locks that the kernel gave to its parent only,
    # and lose what it writes when another process closes the database.
    for index in list(_OPEN):
        index.close()


os.register_at_fork(before=_close_all)
atexit.register(_close_all)
