"""A local store before a remote one which several hosts share.

Below the remote URL an entry is the first line of `ac/<key>.jsonl`, above the contents of its tiny
artifacts. An artifact is `cas/<xx>/<digest>`, a row that was published is below `rows`
(`groups.row_path`), and marks of what was invalidated are in `gone`. Other rows stay local.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct

from zruntime import metrics
from zruntime.exceptions import ArtifactCorruptError, ArtifactMissingError, StoreError
from zruntime.hashing import digest_value
from zruntime.store.base import ArtifactRef, BlobWriter, Entry, PublishedGroup, row_in
from zruntime.store.blobs import DIGEST
from zruntime.store.core import REMOTE_ERRORS
from zruntime.store.fetched import SMALL, TINY, Fetched, packed, unpacked
from zruntime.store.forgotten import Forgotten, name_of_key, name_of_step
from zruntime.store.groups import RemoteGroup, row_path
from zruntime.store.local import LocalStore, file_name
from zruntime.store.marks import MARK_FROM
from zruntime.store.remote import Remote

T = TypeVar("T")
R = TypeVar("R")

_LOG: Final = logging.getLogger("zruntime")
_THREADS: Final = 32
_QUEUED_ENTRY: Final = "upload:entry:"
_QUEUED_BLOB: Final = "upload:blob:"
_QUEUED_ROW: Final = "upload:row:"


class Pushed(Struct, frozen=True):
    """What making up for failed uploads came to.

    Attributes:
        uploaded: How many results and artifacts are in the remote store now.
        left: How many have to wait until it can be written.
        dropped: How many are gone from the local store, and cannot be uploaded any more.
    """

    uploaded: int
    left: int
    dropped: int


class TieredStore(LocalStore):
    """Reads what the local store lacks from the remote one, and writes to both.

    What is read is verified, and kept locally. An upload is noted in the local store before it
    begins, so `push` can make up for one that failed or was cut off. Leases are those of the local
    store: two hosts may compute the same result at once, and then store the same.

    Args:
        root: Folder of the local store.
        remote: The remote store.
        signing_key: Signs entries; those without its signature are misses, wherever they are.

    Raises:
        StoreError: if the local store cannot be opened.
    """

    def __init__(self, root: Path, remote: Remote, signing_key: bytes | None = None) -> None:
        super().__init__(root, signing_key)
        self.remote = remote
        self.shared_at = remote.label
        self.remote.on_failure = self._note_failure
        self._distrusted: set[str] = set()
        self._forgotten = Forgotten(remote)
        self._fetched = Fetched(remote)

    def lookup(self, key: str) -> Entry | None:
        """See `Store.lookup`; artifacts may be in either store, and tiny ones are kept."""
        local = self._entry(key, self._entry_text(key))
        if local is not None and self._is_whole(local):
            if not self._forgotten.covers(local):
                return local
            self.forget(key)
        return self.renewed(key)

    def renewed(self, key: str) -> Entry | None:
        """See `Store.renewed`."""
        file = self.remote.read(_entry_path(key))
        if file is None:
            return None
        text, contents = unpacked(file)
        found = self._entry(key, text)
        if found is None or self._forgotten.covers(found):
            return None
        self._keep(found, contents)
        if not self._is_whole(found):
            return None
        with suppress(StoreError):  # a local store that cannot be written takes nothing away
            self._keep_entry_text(key, text)
        return found

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """See `Store.each`."""
        with ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(function, items))

    def save(self, entry: Entry) -> None:
        """See `Store.save`; an upload that fails is left to `push`."""
        queued = f"{_QUEUED_ENTRY}{entry.key}"
        self._texts.write(queued, "")
        super().save(entry)
        if self._upload_entry(entry.key):
            self._texts.remove(queued)

    def invalidate(self, key: str) -> None:
        """Removes an entry from both stores, and makes the copies that other hosts have misses.

        Raises:
            StoreError: if that cannot be done in the remote one.
        """
        found = self._entry(key, self._entry_text(key)) or self.renewed(key)
        self._texts.remove(f"{_QUEUED_ENTRY}{key}")
        super().invalidate(key)
        when = max(time.time(), found.created if found else 0.0)
        marked = self._forgotten.mark(name_of_key(key), when)
        if not marked or not self.remote.remove(_entry_path(key)):
            raise self._not_forgotten(f"The result {key[:12]} was")

    def invalidate_step(self, pipeline: str, step: str) -> None:
        """See `StoreCore.invalidate_step`.

        Raises:
            StoreError: if the remote store cannot be written.
        """
        if not self._forgotten.mark(name_of_step(pipeline, step), time.time()):
            raise self._not_forgotten(f"The results of step {step} were")

    def _not_forgotten(self, what: str) -> StoreError:
        return StoreError(
            f"{what} forgotten here, but not in the remote store. {self.remote.problem}",
            remedy="Try again when it can be reached and written.",
            code="ZC631",
        )

    @contextmanager
    def write_blob(self) -> Iterator[BlobWriter]:
        """See `Store.write_blob`; an upload that fails is left to `push`."""
        with super().write_blob() as blob:
            yield blob
        queued = f"{_QUEUED_BLOB}{blob.digest}"
        self._texts.write(queued, "")
        if self._upload_blob(blob.digest, blob.size):
            self._texts.remove(queued)

    def blob(self, ref: ArtifactRef) -> Path:
        """See `Store.blob`; what the local store lacks is downloaded."""
        try:
            return super().blob(ref)
        except (ArtifactMissingError, ArtifactCorruptError):
            if not self._download(ref):
                raise
        return super().blob(ref)

    def publish(self, row: str, value: Any) -> None:
        """See `Store.publish`; an upload that fails is left to `push`."""
        queued, text = f"{_QUEUED_ROW}{row}", self._published_text(row, value)
        if self.remote.write(row_path(row), text.encode()):
            self._texts.remove(queued)
        else:
            self._texts.write(queued, text)

    def published(self, row: str) -> Any | None:
        """See `Store.published`; what could not be uploaded yet is known here."""
        text = self._texts.read(f"{_QUEUED_ROW}{row}") or self._text(row_path(row))
        return self._published_value(row, text)

    def published_in(self, group: str) -> PublishedGroup:
        """See `Store.published_in`."""
        return _TieredGroup(self, group)

    def push(self) -> Pushed:
        """Uploads what could not be uploaded before; artifacts before the entries that name them.

        Raises:
            StoreError: if the local store cannot be read.
        """
        done = [
            *self.each(self._push_blob, self._queue(_QUEUED_BLOB)),
            *self.each(self._push_entry, self._queue(_QUEUED_ENTRY)),
            *self.each(self._push_row, self._queue(_QUEUED_ROW)),
        ]
        return Pushed(done.count(True), done.count(False), done.count(None))

    def _queue(self, prefix: str) -> list[str]:
        return [name for name, _ in self._texts.items(prefix)]

    def _push_blob(self, queued: str) -> bool | None:
        """Whether a queued artifact is uploaded now; None if it is gone."""
        path = self.blobs.path(queued.removeprefix(_QUEUED_BLOB))
        try:
            ref = ArtifactRef(path.name, path.stat().st_size, "", "")
            self.blobs.verified(ref)
        except (FileNotFoundError, ArtifactMissingError, ArtifactCorruptError):
            self._texts.remove(queued)
            return None
        return self._dequeued(queued, self._upload_blob(ref.digest, ref.size))

    def _push_entry(self, queued: str) -> bool | None:
        """Whether a queued entry is uploaded now; None if it or one of its artifacts is gone."""
        key = queued.removeprefix(_QUEUED_ENTRY)
        entry = self._entry(key, self._entry_text(key))
        refs = list(entry.outputs.values()) if entry else []
        waiting = any(self._texts.read(f"{_QUEUED_BLOB}{ref.digest}") is not None for ref in refs)
        if waiting or (refs and not all(map(self._is_remote, refs)) and self.remote.problem):
            return False
        if entry is None or not all(map(self._is_remote, refs)):
            self._texts.remove(queued)
            return None
        return self._dequeued(queued, self._upload_entry(key))

    def _push_row(self, queued: str) -> bool:
        """Whether a queued row is uploaded now, or was meanwhile."""
        text = self._texts.read(queued)
        path = row_path(queued.removeprefix(_QUEUED_ROW))
        return text is None or self._dequeued(queued, self.remote.write(path, text.encode()))

    def _dequeued(self, queued: str, uploaded: bool) -> bool:
        if uploaded:
            self._texts.remove(queued)
        return uploaded

    def _text(self, name: str) -> str | None:
        content = self.remote.read(name)
        return None if content is None else content.decode("utf-8", "replace")

    def _is_whole(self, entry: Entry) -> bool:
        refs = entry.outputs.values()
        return all(self.blobs.has(ref) or self._is_at_hand(ref) for ref in refs)

    def _is_at_hand(self, ref: ArtifactRef) -> bool:
        """Whether an artifact is in the remote store; a small one is kept for who reads it next."""
        if not 0 < ref.size <= SMALL:
            return self._is_remote(ref)
        return self._may_be_remote(ref) and self._fetched.fetch(_blob_path(ref.digest), ref.size)

    def _is_remote(self, ref: ArtifactRef) -> bool:
        return self._may_be_remote(ref) and self.remote.size(_blob_path(ref.digest)) == ref.size

    def _keep(self, entry: Entry, contents: Mapping[str, bytes]) -> None:
        """Stores the artifacts that came with an entry, so that no later lookup asks for them."""
        for ref in entry.outputs.values():
            content = contents.get(ref.digest)
            if content is not None and not self.blobs.has(ref):
                # A local store that cannot be written takes nothing away.
                with suppress(StoreError):
                    with self.blobs.write(ref.digest, synced=False) as blob:
                        blob.file.write(content)
                    metrics.count(metrics.DOWNLOADED, ref.size)

    def _may_be_remote(self, ref: ArtifactRef) -> bool:
        return bool(DIGEST.fullmatch(ref.digest)) and ref.digest not in self._distrusted

    def _upload_entry(self, key: str) -> bool:
        text = self._entry_text(key)
        entry = self._entry(key, text)
        if text is None or entry is None:
            return False
        return self.remote.write(_entry_path(key), packed(text, self._tiny(entry)))

    def _tiny(self, entry: Entry) -> Iterator[bytes]:
        """The contents of an entry's tiny artifacts that are in the local store."""
        digests = [ref.digest for ref in entry.outputs.values() if 0 < ref.size <= TINY]
        for digest in dict.fromkeys(digests):
            with suppress(OSError):
                yield self.blobs.path(digest).read_bytes()

    def _upload_blob(self, digest: str, size: int) -> bool:
        if self._is_remote(ArtifactRef(digest, size, "", "")):
            return True
        uploaded = self.remote.upload(_blob_path(digest), self.blobs.path(digest))
        if uploaded:
            metrics.count(metrics.UPLOADED, size)
            self._distrusted.discard(digest)
        return uploaded

    def _note_failure(self) -> None:
        with suppress(StoreError):  # a local store that cannot be written takes nothing away
            self.increment(REMOTE_ERRORS)

    def _download(self, ref: ArtifactRef) -> bool:
        """Whether an artifact was fetched; a damaged one counts as absent from now on."""
        if not self._may_be_remote(ref):
            return False
        try:
            # One without a mark is verified at each reading, and fetched again if it is damaged.
            with self.blobs.write(ref.digest, synced=ref.size >= MARK_FROM) as blob:
                path = _blob_path(ref.digest)
                if content := self._fetched.take(path):
                    blob.file.write(content)
                elif not self.remote.download(path, blob.file, ref.size):
                    raise _GoneError
        except _GoneError:
            return False
        except ArtifactCorruptError as error:
            self._distrusted.add(ref.digest)
            _LOG.warning("%s in the remote store %s.", error.message.rstrip("."), self.remote.label)
            return False
        metrics.count(metrics.DOWNLOADED, ref.size)
        return True

    def __reduce__(self) -> tuple[Any, ...]:
        super().__reduce__()
        return TieredStore, (self.root, self.remote)


class _TieredGroup:
    """See `PublishedGroup`; what could not be uploaded yet is known here."""

    def __init__(self, store: TieredStore, group: str) -> None:
        self._store, self._group = store, group
        self._remote = RemoteGroup(store.remote, group, store.each)
        queued = f"{_QUEUED_ROW}{row_in(group, '')}"
        self._queued = {
            name.removeprefix(queued): text for name, text in store._texts.items(queued)
        }

    def names(self) -> list[str]:
        return list(dict.fromkeys([*self._queued, *self._remote.names()]))

    def values(self, names: Sequence[str]) -> list[Any | None]:
        texts = zip(names, self._remote.texts(names), strict=True)
        return [
            self._store._published_value(row_in(self._group, name), self._queued.get(name, text))
            for name, text in texts
        ]

    def version(self) -> str | None:
        remote = self._remote.version()
        return None if remote is None else digest_value((remote, self._queued))


class _GoneError(Exception):
    """A remote artifact went away, or the remote store did."""


def _entry_path(key: str) -> str:
    return f"ac/{file_name(key)}.jsonl"


def _blob_path(digest: str) -> str:
    return f"cas/{digest[:2]}/{digest}"
