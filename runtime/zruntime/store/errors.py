"""Failures of the disk and of SQLite as errors that say what a user can do."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from diskcache import Timeout

from zruntime.exceptions import StoreError

_OTHER_FOLDER: Final = "or set ZCOMPILE_STORE to another folder."
_LOCKED: Final = "Another process keeps it locked: end that process and try again."
_DENIED: Final = f"Give this user write permission there, {_OTHER_FOLDER}"
_ROOM: Final = 1 << 18
"""Bytes that the rows of a run take at most, as a rule: with less a disk counts as full."""
_FULL: Final = f"Free space on its disk, {_OTHER_FOLDER}"
_BY_ERRNO: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: _DENIED,
    errno.EEXIST: "A file is in the way: remove it, " + _OTHER_FOLDER,
    errno.ENOTDIR: "A file is in the way: remove it, " + _OTHER_FOLDER,
}
_ENVIRONMENT: Final = ("full", "unable to open", "locked", "I/O", "interrupted")
"""Words of SQLite's errors that do not blame its files."""
_BY_WORD: Final = {
    "full": _FULL,
    "readonly": _DENIED,
    "unable to open": _DENIED,
    "locked": _LOCKED,
}


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """A context in which failures of the disk, of SQLite and of locks become a `StoreError`."""
    try:
        yield
    except (OSError, sqlite3.Error, Timeout) as error:
        raise unusable(folder, error) from error


def unusable(folder: Path, error: Exception) -> StoreError:
    """The error that names the store's folder, what failed there, and a remedy."""
    cause = _origin(error)
    reason = (cause.strerror if isinstance(cause, OSError) else "") or str(cause)
    # SQLite calls it an I/O error where the file that its processes share cannot grow.
    remedy = _FULL if "I/O" in reason and _is_full(folder) else _remedy(cause)
    return StoreError(
        f"The store in {folder} cannot be used: {reason}.", remedy=remedy, code="ZC600"
    )


def check_writable(folder: Path) -> None:
    """Fails where nothing can be written, which opening does not: it reads what is set up.

    Args:
        folder: Folder of a store that may exist.

    Raises:
        StoreError: if its disk is full or read-only, or a permission is missing.
    """
    if folder.is_dir():
        if _is_full(folder):
            raise unusable(folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        if not os.access(folder, os.W_OK):
            raise unusable(folder, OSError(errno.EACCES, os.strerror(errno.EACCES)))


def is_damage(error: Exception, folder: Path) -> bool:
    """Whether SQLite or diskcache failed for what is in their files, not for disk or locks.

    A flipped bit may make SQL of diskcache's own fail, give its settings wrong types, or make
    SQLite take a database for one that is only to be read.

    Args:
        error: What was raised.
        folder: Where the files lie.
    """
    cause = _origin(error)
    if isinstance(cause, (OSError, Timeout)):
        return False
    if "readonly" in str(cause):
        return all(os.access(path, os.W_OK) for path in (folder, *folder.iterdir()))
    return not any(word in str(cause) for word in _ENVIRONMENT)


def is_unwritable(error: StoreError) -> bool:
    """Whether a disk is full or read-only, or a permission is missing."""
    return error.remedy in (_FULL, _DENIED)


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _ROOM
    except OSError:
        return False


def _origin(error: BaseException) -> BaseException:
    # diskcache hides SQLite's reason behind its own Timeout and behind failing rollbacks.
    while isinstance(error.__context__, sqlite3.Error):
        error = error.__context__
    return error


def _remedy(cause: BaseException) -> str:
    if isinstance(cause, TimeoutError) and cause.errno is None:  # of a lock, not of the disk
        return _LOCKED
    if isinstance(cause, OSError) and cause.errno in _BY_ERRNO:
        return _BY_ERRNO[cause.errno]
    found = (remedy for word, remedy in _BY_WORD.items() if word in str(cause))
    return next(found, f"Repair the folder, {_OTHER_FOLDER}")
