"""Small artifacts that a lookup has fetched from the remote store, until somebody reads them.

Whether a small file is there is asked in the same time as its content. Nothing is written to the
disk for it: most artifacts of cached steps are read by nobody. The content of a tiny one lies in
the file of its entry, too.
"""

from __future__ import annotations

import threading
from base64 import b64decode, b64encode
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from typing import Final

from zruntime.hashing import digest_bytes
from zruntime.store.remote import Remote

SMALL: Final = 1 << 16
"""Bytes of the largest artifact that a lookup fetches."""

TINY: Final = 1 << 12
"""Bytes of the largest artifact that an entry's file holds."""

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


def packed(entry: str, contents: Iterable[bytes]) -> bytes:
    """The file of an entry, as JSON Lines: its text, and a line in base64 for each content.

    Args:
        entry: One line.
        contents: Of artifacts of the entry.
    """
    return b"\n".join([entry.encode(), *(b'"%s"' % b64encode(each) for each in contents)])


def unpacked(file: bytes) -> tuple[str, dict[str, bytes]]:
    """The text of an entry from its file, and the contents below it by their digests."""
    entry, *lines = file.split(b"\n")
    contents = {}
    for line in lines:
        with suppress(ValueError):  # damaged: the artifact's own file is left
            content = b64decode(line.strip(b'"'), validate=True)
            contents[digest_bytes(content)] = content
    return entry.decode("utf-8", "replace"), contents
