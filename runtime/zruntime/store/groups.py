"""Published rows that are read together, such as those of a run, and again and again.

A row of a group lies in the group's folder of the remote store. One listing of it tells
which rows are new or were written again since this process read them; only those are read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar
from urllib.parse import quote, unquote

from zruntime.hashing import digest_bytes, digest_value
from zruntime.store.base import row_in
from zruntime.store.remote import Remote

T = TypeVar("T")
R = TypeVar("R")

_SUFFIX: Final = ".json"
_LONGEST: Final = 200
"""Characters of a file name that holds the name of its row; longer ones hold its digest."""

_KEPT: Final = 5_000
_LOCK: Final = threading.Lock()
_READ: dict[tuple[str, str], tuple[str, str]] = {}
"""The stamps and texts of the rows that were read last, by remote store and path."""


def row_path(row: str) -> str:
    """Where a row lies below the URL of the remote store."""
    group, separator, name = row.rpartition(row_in("", ""))
    if not separator:
        return f"rows/{digest_bytes(row.encode())}{_SUFFIX}"
    return f"{_folder(group)}/{_file(name)}"


def _folder(group: str) -> str:
    return f"rows/{digest_bytes(group.encode())}"


def _file(name: str) -> str:
    file = f"={quote(name, safe='')}{_SUFFIX}"
    return file if len(file) <= _LONGEST else f"{digest_bytes(name.encode())}{_SUFFIX}"


class RemoteGroup:
    """The rows of a group as they are in a remote store now.

    Args:
        remote: The remote store.
        group: The group's name.
        each: Reads several rows at once.
    """

    def __init__(
        self,
        remote: Remote,
        group: str,
        each: Callable[[Callable[[str], str | None], Iterable[str]], list[str | None]],
    ) -> None:
        self._remote, self._folder, self._each = remote, _folder(group), each
        self._files = remote.listing(self._folder)

    def names(self) -> list[str]:
        """The names of the rows, those written last first; very long ones are left out."""
        newest = sorted(self._files, key=lambda file: (self._files[file].modified, file))
        return [unquote(file[1:-5]) for file in reversed(newest) if file.startswith("=")]

    def texts(self, names: Sequence[str]) -> list[str | None]:
        """The texts of rows; None for those that are not there."""
        paths = {name: f"{self._folder}/{_file(name)}" for name in names}
        stamps = {name: self._stamp(name) for name in names}
        with _LOCK:
            known = {name: _READ.get((self._remote.label, path)) for name, path in paths.items()}
        fresh = {
            name: kept[1] for name, kept in known.items() if kept and kept[0] == stamps[name] != ""
        }
        wanted = [name for name in paths if stamps[name] is not None and name not in fresh]
        read = self._each(lambda name: self._text(paths[name]), wanted) if wanted else []
        for name, text in zip(wanted, read, strict=True):
            if text is not None:
                fresh[name] = text
                _keep((self._remote.label, paths[name]), (stamps[name] or "", text))
        return [fresh.get(name) for name in names]

    def version(self) -> str | None:
        """See `PublishedGroup.version`; None unless this process has read all of it as it is."""
        paths = {file: f"{self._folder}/{file}" for file in self._files}
        with _LOCK:
            known = {file: _READ.get((self._remote.label, path)) for file, path in paths.items()}
        stamps = {file: listed.stamp for file, listed in self._files.items()}
        # What could not be read is no part of what was made of the others.
        read = all(kept and kept[0] == stamps[file] != "" for file, kept in known.items())
        return digest_value(stamps) if read else None

    def _stamp(self, name: str) -> str | None:
        """What tells one version of a row from another; None if it is not there."""
        found = self._files.get(_file(name))
        return None if found is None else found.stamp

    def _text(self, path: str) -> str | None:
        content = self._remote.read(path)
        return None if content is None else content.decode("utf-8", "replace")


def _keep(place: tuple[str, str], row: tuple[str, str]) -> None:
    with _LOCK:
        _READ.pop(place, None)
        _READ[place] = row
        if len(_READ) > _KEPT:
            del _READ[next(iter(_READ))]
