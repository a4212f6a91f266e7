"""What all stores have in common: entries and rows as JSON text over named texts and blobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, Protocol

from typing_extensions import Self

from zruntime.exceptions import StoreError
from zruntime.store.base import ArtifactRef, BlobWriter, Entry
from zruntime.store.blobs import BlobFolder

WAITING: Final = "Waiting for another process that computes the same result."
"""What a store logs when it has to wait for a lease."""

_ENTRY: Final = "entry:"
_ROW: Final = "row:"
_ABSENT: Final = object()


class Texts(Protocol):
    """Texts by name; what `Index` does on disk."""

    def read(self, name: str) -> str | None:
        """The text of a row, or None."""

    def write(self, name: str, text: str) -> None:
        """Writes a row."""

    def update(self, name: str, change: Callable[[str | None], str | None]) -> None:
        """Replaces a row's text by what `change` makes of it, or keeps it for None; atomic."""

    def remove(self, name: str) -> None:
        """Removes a row if it is there."""

    def names(self, prefix: str) -> list[str]:
        """Names of the rows that start with `prefix`, in order."""


class StoreCore:
    """All of `Store` but its leases.

    Args:
        texts: Keeps the rows.
        blobs: Keeps the artifacts.
    """

    def __init__(self, texts: Texts, blobs: BlobFolder) -> None:
        self._texts = texts
        self._blobs = blobs

    @property
    def blobs(self) -> BlobFolder:
        """Where its artifacts lie."""
        return self._blobs

    def close(self) -> None:
        """Releases what the store holds; each store says what that is."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def lookup(self, key: str) -> Entry | None:
        """See `Store.lookup`; an entry that is damaged or stored under another key is a miss."""
        entry = _entry(self._texts.read(_name(_ENTRY, key)))
        if entry is None or entry.key != key:
            return None
        return entry if all(map(self._blobs.has, entry.outputs.values())) else None

    def save(self, entry: Entry) -> None:
        """See `Store.save`."""
        self._texts.write(_name(_ENTRY, entry.key), _text(entry.key, entry.to_json()))

    def entries(self) -> Iterator[Entry]:
        """All entries in the order of their keys, also those whose blobs are missing."""
        for name in self._texts.names(_ENTRY):
            entry = _entry(self._texts.read(name))
            if entry is not None and _ENTRY + entry.key == name:
                yield entry

    def forget(self, key: str) -> None:
        """Removes an entry if there is one; its blobs stay until they are collected."""
        self._texts.remove(_name(_ENTRY, key))

    def write_blob(self) -> AbstractContextManager[BlobWriter]:
        """See `Store.write_blob`."""
        return self._blobs.write()

    def blob(self, ref: ArtifactRef) -> Path:
        """See `Store.blob`."""
        return self._blobs.intact(ref)

    def get(self, row: str) -> Any | None:
        """See `Store.get`."""
        value = _value(self._texts.read(_name(_ROW, row)))
        return None if value is _ABSENT else value

    def put(self, row: str, value: Any) -> None:
        """See `Store.put`."""
        self._texts.write(_name(_ROW, row), _text(row, value))

    def add(self, row: str, value: Any) -> bool:
        """See `Store.add`."""
        text = _text(row, value)
        added = False

        def unless_there(old: str | None) -> str | None:
            nonlocal added
            added = _value(old) is _ABSENT
            return text if added else None

        self._texts.update(_name(_ROW, row), unless_there)
        return added

    def delete(self, row: str) -> None:
        """See `Store.delete`."""
        self._texts.remove(_name(_ROW, row))

    def increment(self, row: str) -> int:
        """See `Store.increment`.

        Raises:
            StoreError: if the row holds something else than a whole number.
        """
        total = 0

        def one_more(old: str | None) -> str:
            nonlocal total
            value = _value(old)
            if value is _ABSENT:
                value = 0
            if type(value) is not int:
                raise StoreError(f"The row {row!r} of the store is no counter.", code="ZC601")
            total = value + 1
            return str(total)

        self._texts.update(_name(_ROW, row), one_more)
        return total

    def rows(self, prefix: str) -> Iterator[str]:
        """See `Store.rows`."""
        return (name.removeprefix(_ROW) for name in self._texts.names(_name(_ROW, prefix)))


def _name(kind: str, name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise StoreError(
            f"The row {name!r} cannot be named so: it is not Unicode text.", code="ZC602"
        ) from None
    return kind + name


def _text(name: str, value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        message = f"The row {name!r} cannot be stored: it is not plain JSON data ({error})."
        raise StoreError(message, code="ZC603") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def _value(text: str | None) -> Any:
    if text is None:
        return _ABSENT
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _ABSENT


def _entry(text: str | None) -> Entry | None:
    value = _value(text)
    try:
        return Entry.from_json(value) if isinstance(value, dict) else None
    except (KeyError, TypeError):
        return None
