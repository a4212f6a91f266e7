"""A store of one process, for tests and dry runs; its artifacts are in a temporary folder."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from zruntime.store.base import Store
from zruntime.store.blobs import BlobFolder
from zruntime.store.core import WAITING, StoreCore
from zruntime.store.texts import Texts

R = TypeVar("R")

_LOG: Final = logging.getLogger("zruntime")


class _Texts:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lock = threading.RLock()

    def read(self, name: str) -> str | None:
        return self._texts.get(name)

    def write(self, name: str, text: str) -> None:
        self.update(name, lambda _: text)

    def update(self, name: str, change: Callable[[str | None], str | None]) -> None:
        with self._lock:
            text = change(self._texts.get(name))
            if text is not None:
                self._texts[name] = text

    def transact(self, action: Callable[[Texts], R]) -> R:
        with self._lock:
            before = dict(self._texts)
            try:
                return action(self)
            except BaseException:
                self._texts = before
                raise

    def remove(self, name: str) -> None:
        with self._lock:
            self._texts.pop(name, None)

    def items(self, prefix: str) -> list[tuple[str, str]]:
        with self._lock:
            return sorted(row for row in self._texts.items() if row[0].startswith(prefix))


class MemoryStore(StoreCore, Store):
    """Behaves as `LocalStore` does within one process, and is gone with it."""

    def __init__(self, signing_key: bytes | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="zcompile-")
        self._leases: dict[str, threading.Lock] = {}
        super().__init__(_Texts(), BlobFolder(Path(self._folder.name)), signing_key)

    @contextmanager
    def lease(self, key: str) -> Iterator[float]:
        """See `Store.lease`."""
        lock, waited = self._leases.setdefault(key, threading.Lock()), 0.0
        if not lock.acquire(blocking=False):
            _LOG.info(WAITING)
            started = time.monotonic()
            lock.acquire()
            waited = time.monotonic() - started
        try:
            yield waited
        finally:
            lock.release()

    def close(self) -> None:
        """Removes the artifacts."""
        self._folder.cleanup()
