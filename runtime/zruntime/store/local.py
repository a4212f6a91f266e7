"""The artifact store in a folder of this machine, shared by any number of processes."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zruntime.hashing import digest_bytes
from zruntime.store.base import Store
from zruntime.store.blobs import BlobFolder
from zruntime.store.core import WAITING, StoreCore
from zruntime.store.errors import translated
from zruntime.store.index import Index

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LOG: Final = logging.getLogger("zruntime")
_PATIENCE: Final = 60.0
"""Seconds to wait while other processes open the store."""
_FILE_NAME: Final = re.compile("[0-9A-Za-z]{1,200}")


class LocalStore(StoreCore, Store):
    """Rows in `index`, artifacts in `cas/<xx>/<digest>`; may be pickled and used after a fork.

    The folder is on a local disk: SQLite's locks do not work on NFS.

    Args:
        root: Folder of the store; made, with mode 0700, if it does not exist.
        signing_key: Signs entries; those without its signature are misses.

    Raises:
        StoreError: if the store cannot be opened.
    """

    shared_at = ""
    """Where other hosts share what is stored: a URL without user and password, or empty."""

    def __init__(self, root: Path, signing_key: bytes | None = None) -> None:
        self.root = root.absolute()
        self._locks = self.root / "locks"
        with translated(self.root):
            blobs = BlobFolder(self.root)
            if not self._locks.is_dir():
                self._locks.mkdir(mode=0o700, exist_ok=True)
            self._index = Index(self.root, self._opening)
        super().__init__(self._index, blobs, signing_key)

    def _opening(self) -> BaseFileLock:
        return _file_lock(self._locks / ".opening.lock", timeout=_PATIENCE)

    @contextmanager
    def lease(self, key: str) -> Iterator[float]:
        """See `Store.lease`. The kernel releases the lease of a process that dies.

        A thread that enters a lease that it holds already waits for itself.

        Raises:
            StoreError: if the lock's file cannot be written.
        """
        lock = _file_lock(self._locks / f"{file_name(key)}.lock")
        waited = 0.0
        with translated(self.root):
            try:
                lock.acquire(timeout=0)
            except TimeoutError:
                _LOG.info(WAITING)
                started = time.monotonic()
                lock.acquire()
                waited = time.monotonic() - started
        try:
            yield waited
        finally:
            lock.release()

    def remove_idle_leases(self, before: float) -> None:
        """See `StoreCore.remove_idle_leases`.

        Who opened such a file just before finds, with the lock, that it is gone, and makes another.
        """
        with translated(self.root):
            for path in self._locks.glob("[!.]*.lock"):
                with suppress(FileNotFoundError, TimeoutError):
                    if path.stat().st_mtime < before:
                        with _file_lock(path, timeout=0):
                            path.unlink()

    def is_whole(self) -> bool:
        """Whether its folders are still those that it has opened."""
        return self._index.is_in_place() and self._blobs.is_in_place() and self._locks.is_dir()

    def close(self) -> None:
        """Closes the index; a later use opens it again."""
        self._index.close()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._signing_key is not None:
            raise TypeError("a store that signs is not pickled: its key would go along")
        return LocalStore, (self.root,)


def _file_lock(path: Path, timeout: float = -1) -> BaseFileLock:
    """A lock of a file; taking it raises `TimeoutError` once that many seconds have passed."""
    from filelock import FileLock  # which a run of cached steps spares

    return FileLock(path, timeout=timeout)


def file_name(key: str) -> str:
    """A key as the name of a file: itself if it is a plain one, else a digest of it."""
    return key if _FILE_NAME.fullmatch(key) else digest_bytes(key.encode("utf-8", "surrogatepass"))
