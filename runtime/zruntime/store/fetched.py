"""Small artifacts that a lookup has fetched from the remote store, until somebody reads them.

Whether a small file is there is asked in the same time as its content. Nothing is written to the
disk for it: most artifacts of cached steps are read by nobody.
"""

from __future__ import annotations

import threading
from io import BytesIO
from typing import Final

from zruntime.store.remote import Remote

SMALL: Final = 1 << 16
"""Bytes of the largest artifact that a lookup fetches."""

_MOST: Final = 1 << 24
"""Bytes that are kept at most; the oldest go first."""


class Fetched:
    """Contents by the names of their files.

    Args:
        remote: Where they are fetched from.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._lock = threading.Lock()
        self._contents: dict[str, bytes] = {}
        self._size = 0

    def fetch(self, name: str, size: int) -> bool:
        """Keeps the content of a file, unverified; whether it was there with that size.

        Args:
            name: Its name.
            size: In bytes, more than none and `SMALL` at most.
        """
        target = BytesIO()
        self._remote.download(name, target, size)
        content = target.getvalue()
        if len(content) != size:
            return False
        self.take(name)
        with self._lock:
            self._contents[name] = content
            self._size += size
            while self._size > _MOST:
                self._size -= len(self._contents.pop(next(iter(self._contents))))
        return True

    def take(self, name: str) -> bytes | None:
        """A content, which is not kept any longer."""
        with self._lock:
            content = self._contents.pop(name, None)
            self._size -= len(content or b"")
        return content
