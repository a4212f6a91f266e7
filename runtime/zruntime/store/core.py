"""What all stores have in common: entries and rows as JSON text over named texts and blobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, TypeVar

import msgspec
from typing_extensions import Self

from zruntime.exceptions import StoreError
from zruntime.hashing import digest_value
from zruntime.store.base import (
    NOTHING_PUBLISHED,
    ArtifactRef,
    BlobWriter,
    Entry,
    PublishedGroup,
    Rows,
)
from zruntime.store.blobs import BlobFolder
from zruntime.store.sealing import seal, unseal
from zruntime.store.texts import Texts, TransactedTexts

WAITING: Final = "Waiting for another process that computes the same result."
"""What a store logs when it has to wait for a lease."""

REMOTE_ERRORS: Final = "remote-errors"
"""The row that counts how often the remote store could not be used."""

_ENTRY: Final = "entry:"
_ROW: Final = "row:"
_ABSENT: Final = object()
_ENTRIES: Final = msgspec.json.Decoder(Entry)

T = TypeVar("T")
R = TypeVar("R")


class TextRows:
    """Rows of JSON data over named texts.

    Args:
        texts: Keeps them.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def get(self, row: str) -> Any | None:
        """See `Rows.get`."""
        name = _name(_ROW, row)
        value = _value(name, self._texts.read(name))
        return None if value is _ABSENT else value

    def put(self, row: str, value: Any) -> None:
        """See `Rows.put`."""
        name = _name(_ROW, row)
        self._texts.write(name, _sealed(name, value))

    def add(self, row: str, value: Any) -> bool:
        """See `Rows.add`."""
        added = False

        def unless_there(old: Any) -> Any:
            nonlocal added
            added = old is _ABSENT
            return value if added else _ABSENT

        self._update(row, unless_there)
        return added

    def update(self, row: str, change: Callable[[Any | None], Any | None]) -> None:
        """See `Rows.update`."""

        def changed(old: Any) -> Any:
            new = change(None if old is _ABSENT else old)
            return _ABSENT if new is None else new

        self._update(row, changed)

    def _update(self, row: str, change: Callable[[Any], Any]) -> None:
        name = _name(_ROW, row)

        def changed(old: str | None) -> str | None:
            new = change(_value(name, old))
            return None if new is _ABSENT else _sealed(name, new)

        self._texts.update(name, changed)

    def delete(self, row: str) -> None:
        """See `Rows.delete`."""
        self._texts.remove(_name(_ROW, row))

    def increment(self, row: str) -> int:
        """See `Rows.increment`.

        Raises:
            StoreError: if the row holds something else than a whole number.
        """
        total = 0

        def one_more(old: Any) -> int:
            nonlocal total
            value = 0 if old is _ABSENT else old
            if type(value) is not int:
                raise StoreError(f"The row {row!r} of the store is no counter.", code="ZC601")
            total = value + 1
            return total

        self._update(row, one_more)
        return total

    def rows(self, prefix: str) -> Iterator[str]:
        """See `Rows.rows`."""
        return (name.removeprefix(_ROW) for name, _ in self._texts.items(_name(_ROW, prefix)))

    def items(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """See `Rows.items`."""
        for name, text in self._texts.items(_name(_ROW, prefix)):
            value = _value(name, text)
            if value is not _ABSENT:
                yield name.removeprefix(_ROW), value

    def version(self, rows: Iterable[str], prefixes: Iterable[str]) -> str:
        """See `Rows.version`."""
        found = [(name, self._texts.read(name)) for name in map(partial(_name, _ROW), rows)]
        for prefix in prefixes:
            found += self._texts.items(_name(_ROW, prefix))
        return digest_value(list(chain.from_iterable(found)))


class StoreCore(TextRows):
    """All of `Store` but its leases.

    Args:
        texts: Keeps the rows.
        blobs: Keeps the artifacts.
        signing_key: Signs entries; those without its signature are misses.
    """

    _texts: TransactedTexts

    def __init__(
        self, texts: TransactedTexts, blobs: BlobFolder, signing_key: bytes | None = None
    ) -> None:
        super().__init__(texts)
        self._blobs = blobs
        self._signing_key = signing_key

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
        entry = self._entry(key, self._entry_text(key))
        if entry is None:
            return None
        return entry if all(map(self._blobs.has, entry.outputs.values())) else None

    def remove_idle_leases(self, before: float) -> None:
        """Removes what leases of keys left that nobody holds, and that were made before a time."""

    def renewed(self, key: str) -> Entry | None:
        """See `Store.renewed`."""
        return None

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """See `Store.each`."""
        return [function(item) for item in items]

    def save(self, entry: Entry) -> None:
        """See `Store.save`."""
        name = _name(_ENTRY, entry.key)
        self._texts.write(name, _sealed(name, entry.to_json(), self._signing_key))

    def entries(self) -> Iterator[Entry]:
        """All entries in the order of their keys, also those whose blobs are missing."""
        for name, text in self._texts.items(_ENTRY):
            entry = self._entry(name.removeprefix(_ENTRY), text)
            if entry is not None:
                yield entry

    def forget(self, key: str) -> None:
        """Removes an entry if there is one; its blobs stay until they are collected."""
        self._texts.remove(_name(_ENTRY, key))

    def invalidate(self, key: str) -> None:
        """Removes an entry wherever it would be found again.

        Raises:
            StoreError: if it cannot be removed.
        """
        self.forget(key)

    def invalidate_step(self, pipeline: str, step: str) -> None:
        """Has other hosts forget what a step of a pipeline has computed, also what is unknown here.

        A store that is not shared has no others to tell; see `zruntime.invalidating` for the whole.

        Raises:
            StoreError: if they cannot be told.
        """

    def write_blob(self) -> AbstractContextManager[BlobWriter]:
        """See `Store.write_blob`."""
        return self._blobs.write()

    def blob(self, ref: ArtifactRef) -> Path:
        """See `Store.blob`."""
        return self._blobs.intact(ref)

    def transact(self, action: Callable[[Rows], R]) -> R:
        """See `Store.transact`."""
        return self._texts.transact(lambda texts: action(TextRows(texts)))

    def delete_all(self, rows: Iterable[str], unchanged: str, value: Any) -> bool:
        """See `Store.delete_all`."""
        names = list(rows)

        def delete(present: Rows) -> bool:
            is_unchanged: bool = present.get(unchanged) == value
            for row in names if is_unchanged else ():
                present.delete(row)
            return is_unchanged

        return self.transact(delete)

    def publish(self, row: str, value: Any) -> None:
        """See `Store.publish`."""

    def published(self, row: str) -> Any | None:
        """See `Store.published`."""
        return None

    def published_in(self, group: str) -> PublishedGroup:
        """See `Store.published_in`."""
        return NOTHING_PUBLISHED

    def _published_text(self, row: str, value: Any) -> str:
        """A row as it lies in another store, signed as entries are."""
        return _sealed(_name(_ROW, row), value, self._signing_key)

    def _published_value(self, row: str, text: str | None) -> Any | None:
        """The value of such a row; None if it is another one or cannot be trusted."""
        value = _value(_name(_ROW, row), text, self._signing_key)
        return None if value is _ABSENT else value

    def _entry_text(self, key: str) -> str | None:
        """The entry of a key as it lies in the store."""
        return self._texts.read(_name(_ENTRY, key))

    def _keep_entry_text(self, key: str, text: str) -> None:
        """Stores an entry as it lies in another store."""
        self._texts.write(_name(_ENTRY, key), text)

    def _entry(self, key: str, text: str | None) -> Entry | None:
        """The entry of a key from its text; None if it is another one or cannot be trusted."""
        return None if text is None else _entry(key, text, self._signing_key)


def _name(kind: str, name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise StoreError(
            f"The row {name!r} cannot be named so: it is not Unicode text.", code="ZC602"
        ) from None
    return kind + name


def _sealed(name: str, value: Any, secret: bytes | None = None) -> str:
    try:
        text = _json(value)
    except (TypeError, ValueError, RecursionError) as error:
        row = name.partition(":")[2]
        message = f"The row {row!r} cannot be stored: it is not plain JSON data ({error})."
        raise StoreError(message, code="ZC603") from error
    return seal(name, text, secret)


def _json(value: Any) -> str:
    """The text of JSON data.

    msgspec takes a tenth of the time, and makes JSON also of what is none: NaN becomes null.
    """
    with suppress(TypeError, ValueError, RecursionError):
        text = msgspec.json.encode(value, order="sorted")
        if msgspec.json.decode(text) == value:
            return text.decode()
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))


@lru_cache(maxsize=1024)
def _entry(key: str, sealed: str, secret: bytes | None) -> Entry | None:
    text = unseal(_name(_ENTRY, key), sealed, secret)
    entry = None if text is None else _decoded_entry(text)
    return entry if entry is not None and entry.key == key else None


def _decoded_entry(text: str) -> Entry | None:
    with suppress(ValueError, RecursionError):
        return _ENTRIES.decode(text)
    with suppress(ValueError):
        return Entry.from_json(_with_surrogates(text))
    return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _value(name: str, sealed: str | None, secret: bytes | None = None) -> Any:
    text = None if sealed is None else unseal(name, sealed, secret)
    if text is None:
        return _ABSENT
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return _with_surrogates(text)


def _with_surrogates(text: str) -> Any:
    """The value of a row that may hold halves of surrogate pairs, which msgspec refuses."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _ABSENT
