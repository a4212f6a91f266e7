"""What planning and execution ask of a store, and the values that it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, TypeVar

from msgspec import Struct, convert, field

from zruntime.hashing import content_digest

T = TypeVar("T")
R = TypeVar("R")


class ArtifactRef(Struct, frozen=True):
    """A reference to a stored artifact; all that ever travels through XComs and records.

    Attributes:
        digest: Digest of the stored bytes, and the name of their file.
        size: Their number, in bytes.
        type: The value's type as `module.qualname`.
        materializer: Name of the materializer that wrote the bytes.
        code: Fingerprint of the project-local classes that the value is made of, or empty.
        metadata: Small plain data for people: shape, dtype, columns.
    """

    digest: str
    size: int
    type: str
    materializer: str
    code: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """The digest under which this artifact enters its consumers' keys."""
        return content_digest(self.digest, self.code)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data, as `from_json` takes it."""
        return {
            "digest": self.digest,
            "size": self.size,
            "type": self.type,
            "materializer": self.materializer,
            "code": self.code,
            "metadata": dict(self.metadata),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ArtifactRef:
        """The reference that `to_json` wrote.

        Raises:
            ValueError: if `data` has not that form.
        """
        return convert(data, cls)


class Producer(Struct, frozen=True):
    """The step run that computed a result."""

    pipeline: str
    run: str
    step: str

    def to_json(self) -> dict[str, str]:
        """Plain JSON data."""
        return {"pipeline": self.pipeline, "run": self.run, "step": self.step}


class Entry(Struct, frozen=True):
    """A cached result: what one computation produced, and who did it.

    Attributes:
        key: The step key.
        outputs: The artifacts by output name.
        producer: The run that computed them.
        duration: Seconds that the computation took.
        created: Unix time of the entry, in seconds.
    """

    key: str
    outputs: Mapping[str, ArtifactRef]
    producer: Producer
    duration: float
    created: float

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data, as `from_json` takes it."""
        return {
            "key": self.key,
            "outputs": {name: ref.to_json() for name, ref in self.outputs.items()},
            "producer": self.producer.to_json(),
            "duration": self.duration,
            "created": self.created,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Entry:
        """The entry that `to_json` wrote.

        Raises:
            ValueError: if `data` has not that form.
        """
        return convert(data, cls)


class BlobWriter(Protocol):
    """A new blob that is being written; its digest is known once it is closed."""

    file: BinaryIO

    @property
    def digest(self) -> str:
        """Digest of what was written."""

    @property
    def size(self) -> int:
        """Number of bytes written."""


class Rows(Protocol):
    """Small rows of JSON data by name."""

    def get(self, row: str) -> Any | None:
        """The JSON value of a row, or None."""

    def put(self, row: str, value: Any) -> None:
        """Writes a row of plain JSON data."""

    def add(self, row: str, value: Any) -> bool:
        """Writes a row unless it exists; whether it was written."""

    def update(self, row: str, change: Callable[[Any | None], Any | None]) -> None:
        """Replaces a row's value by what `change` makes of it, or keeps it for None; atomic."""

    def delete(self, row: str) -> None:
        """Removes a row; nothing happens if there is none."""

    def increment(self, row: str) -> int:
        """Adds one to a counter, which starts at 0, and returns the sum."""

    def rows(self, prefix: str) -> Iterator[str]:
        """Names of the rows that start with `prefix`, in order."""

    def items(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """The same with their values; rows that are damaged are left out."""

    def version(self, rows: Iterable[str], prefixes: Iterable[str]) -> str:
        """A text that is another one once any of these rows has changed, in whatever way.

        Args:
            rows: Names of rows, which need not be there.
            prefixes: What the names of further rows start with.
        """


def row_in(group: str, name: str) -> str:
    """The name of a row of a group; see `PublishedGroup`."""
    return f"{group}\n{name}"


class PublishedGroup(Protocol):
    """The published rows of a group, whose names are from `row_in`, as they are now."""

    def names(self) -> list[str]:
        """Their names in the group, those written last first."""

    def values(self, names: Sequence[str]) -> list[Any | None]:
        """The values of rows by their names in the group; None for those that are not there."""

    def version(self) -> str | None:
        """A text that is another one once any of them has changed; None if that cannot be told."""


class _NothingPublished:
    def names(self) -> list[str]:
        return []

    def values(self, names: Sequence[str]) -> list[Any | None]:
        return [None] * len(names)

    def version(self) -> str | None:
        return ""


NOTHING_PUBLISHED: Final[PublishedGroup] = _NothingPublished()
"""That of a store which is not shared."""


class Store(Rows, Protocol):
    """Entries by key, immutable blobs by digest, and small JSON rows for records."""

    def lookup(self, key: str) -> Entry | None:
        """The entry of `key` if it is there and all of its blobs are, with their sizes."""

    def renewed(self, key: str) -> Entry | None:
        """The entry of `key` as other hosts know it, where the one found here is too old."""

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The results of a function which looks up one thing for each item, in order.

        A store whose lookups take round trips makes several at once, in threads.
        """

    def save(self, entry: Entry) -> None:
        """Stores an entry; its blobs are already stored.

        Raises:
            StoreError: if the store cannot be written.
        """

    def write_blob(self) -> AbstractContextManager[BlobWriter]:
        """A context in which a new blob is written; the blob is durable when it ends.

        Raises:
            StoreError: if the store cannot be written; nothing is left behind.
        """

    def blob(self, ref: ArtifactRef) -> Path:
        """The verified file of an artifact; a large one is read again only if it was touched.

        Raises:
            ArtifactMissingError: if the file is gone.
            ArtifactCorruptError: if its bytes are not those stored; the file is set aside.
        """

    def lease(self, key: str) -> AbstractContextManager[float]:
        """A context which at most one process at a time enters for `key`; others wait.

        It gives the seconds that it has waited.
        """

    def transact(self, action: Callable[[Rows], R]) -> R:
        """What `action` returns, whose writes are done all at once, or not at all if it raises.

        Args:
            action: Called with the rows; once more if the store's index turns out to be damaged.
        """

    def delete_all(self, rows: Iterable[str], unchanged: str, value: Any) -> bool:
        """Removes rows, all or none: if the row `unchanged` still has that value; whether it has.

        What another process has written meanwhile is not removed unseen.
        """

    def publish(self, row: str, value: Any) -> None:
        """Writes a row of plain JSON data where other hosts read it; None takes it back.

        A store that is not shared has nobody to tell.
        """

    def published(self, row: str) -> Any | None:
        """The JSON value of a row that some host has published, or None."""

    def published_in(self, group: str) -> PublishedGroup:
        """The published rows of a group; asked for again, it costs little."""
