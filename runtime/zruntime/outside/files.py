"""The content of files and folders of this machine, as digests."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from zruntime.exceptions import StoreError
from zruntime.hashing import Hasher, digest_bytes
from zruntime.items import Rows
from zruntime.store.base import Store

STORED_FROM: Final = 1 << 20
"""Smaller files, in bytes, are read anew by each process."""

LIFETIME: Final = 24 * 3600
"""Seconds for which a digest is remembered."""

SETTLED: Final = 60
"""Seconds since a file's last change after which its times show the next one.

Times are coarser than writes, and a page that is mapped into memory is written to for half a minute
before the file's times tell.
"""

_CHUNK: Final = 1 << 20
_ROWS: Final = "file-digest/"


class FileDigests:
    """Digests of files, remembered for as long as their times stay the same.

    Args:
        store: Where those of large files are remembered for later processes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent: dict[str, Mapping[str, Any]] = {}

    def of(self, path: Path) -> str:
        """The digest of a file's bytes.

        Raises:
            OSError: if it cannot be read, or is a device or a pipe.
        """
        with open(path, "rb", buffering=0, opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "it is no regular file", str(path))
            row = f"{_ROWS}{digest_bytes(os.fsencode(path))}"
            known = self._known(row, status)
            if known is not None:
                return known
            started, hasher, buffer = time.time(), Hasher(), memoryview(bytearray(_CHUNK))
            while size := file.readinto(buffer):
                hasher.update(buffer[:size])
            digest = hasher.hexdigest()
            if _identity(os.fstat(file.fileno())) == _identity(status):
                self._remember(row, status, started, digest)
        return digest

    def _known(self, row: str, status: os.stat_result) -> str | None:
        found = self._recent.get(row)
        if found is None and status.st_size >= STORED_FROM:
            found = self._store.get(row)
        if found is None or found["file"] != _identity(status):
            return None
        return found["digest"] if 0 <= time.time() - found["read"] <= LIFETIME else None

    def _remember(self, row: str, status: os.stat_result, started: float, digest: str) -> None:
        if started - max(status.st_mtime, status.st_ctime) < SETTLED:
            return
        known = {"file": _identity(status), "read": started, "digest": digest}
        self._recent[row] = known
        if status.st_size >= STORED_FROM:
            with suppress(StoreError):  # then another process reads it again
                self._store.put(row, known)


def forget_old_digests(store: Rows, now: float) -> None:
    """Removes digests of files from a store that are remembered no longer.

    Args:
        store: The store.
        now: Unix time, in seconds.
    """
    for row, known in [*store.items(_ROWS)]:
        if not 0 <= now - known["read"] <= LIFETIME:
            store.delete(row)


def _open_at_once(path: str, flags: int) -> int:
    """Opens a file without waiting, as one would for the writer of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _identity(status: os.stat_result) -> list[int]:
    """What differs once a file has been written to or another one has taken its place."""
    return [
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    ]


def kind_of(path: Path) -> str:
    """ "file", "folder" or "other" for what a path leads to; empty where nothing is found."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return ""
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


def matching(pattern: str, folder: Path) -> dict[str, Path]:
    """The files that match a pattern, by their names relative to a folder, in order.

    Args:
        pattern: As for `glob`, `**` for any folders; a folder stands for all files below it.
        folder: What the pattern is relative to, unless it is absolute.

    Raises:
        OSError: if a folder below a matching one cannot be read.
    """
    from glob import glob

    found = glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - takes absolute ones
    if not found and kind_of(folder / pattern):
        found = [pattern]  # its name has brackets or stars itself
    files: dict[str, Path] = {}
    for name in map(os.path.normpath, found):
        path = folder / name
        inside = below(path) if kind_of(path) == "folder" else [("", path)]
        files |= {os.path.join(name, rest).rstrip("/"): at for rest, at in inside if at is not None}  # noqa: PTH118
    return dict(sorted(files.items()))


def below(
    folder: Path, above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[tuple[str, Path | None]]:
    """All that is below a folder, in order: files with their paths, and folders with None.

    Links are followed, but for those to a folder that they are in.

    Args:
        folder: The folder.
        above: Device and inode of the folders that it was reached through.

    Raises:
        OSError: if a folder cannot be read.
    """
    status = folder.stat()
    above |= {(status.st_dev, status.st_ino)}
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = folder / entry.name
        if not entry.is_dir():
            yield entry.name, path
            continue
        inner = path.stat()
        if (inner.st_dev, inner.st_ino) in above:
            continue
        yield f"{entry.name}/", None
        yield from ((f"{entry.name}/{rest}", at) for rest, at in below(path, above))
