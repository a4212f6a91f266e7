"""Times of a large file that tell whether anything touched it since its bytes were verified.

Reading and hashing a large artifact takes hundreds of times longer than mapping it into memory.
Whoever has verified a file therefore sets its modification time to one whose last digits follow
from its digest. Writing to the file sets this time to that of its last change, putting another file
in its place or setting the time back makes the two differ by more than a mark does: then, or where
the mark is a day old, the file is read in full again. What a failing disk does to a file unnoticed
by its file system shows then, too, and whenever `zcompile cache verify` runs.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

MARK_FROM: Final = 1 << 20
"""Smaller files, in bytes, are always read."""

LIFETIME: Final = 24 * 3600
"""Seconds for which a mark holds."""

_SECOND: Final = 1_000_000_000
_DIGITS: Final = 1_000_000
"""Nanoseconds of a modification time that follow from the digest."""

_DELAY: Final = _SECOND // 20
"""Nanoseconds at most between a mark and the change of the file that it is itself."""


def mark(descriptor: int, digest: str) -> None:
    """Marks an open file whose bytes are known to have that digest, if this user may."""
    times = os.fstat(descriptor)
    if times.st_size < MARK_FROM:
        return
    past = time.time_ns() - _DIGITS  # a mark must not lie in the future
    with suppress(PermissionError):
        os.utime(descriptor, ns=(times.st_atime_ns, past - past % _DIGITS + _code(digest)))


def is_marked(path: Path, digest: str, size: int) -> bool:
    """Whether a file of this size was verified within a day and not touched since."""
    if size < MARK_FROM:
        return False
    try:
        times = path.stat()
    except OSError:
        return False
    written, changed = times.st_mtime_ns, times.st_ctime_ns
    return (
        times.st_size == size
        and written % _DIGITS == _code(digest)
        and written != changed
        and abs(changed - written) <= _DELAY
        and 0 <= time.time_ns() - written <= LIFETIME * _SECOND
    )


def _code(digest: str) -> int:
    return int(digest[:8], 16) % _DIGITS
