"""Looking after a store: removing what is of no use any more, checking files, and counting."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from zruntime.exceptions import ArtifactCorruptError, ArtifactMissingError
from zruntime.items import forget_items, item_lists
from zruntime.store.base import ArtifactRef, Entry
from zruntime.store.blobs import BlobFolder, StoredBlob
from zruntime.store.core import StoreCore

GRACE: Final = 24 * 3600.0
"""Seconds for which what is new is kept: artifacts are stored before the entry that names them."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the records of runs say of entries and artifacts.

    Attributes:
        used: Unix time at which a run last used or made the entry of a key.
        steps: The steps whose results an entry was, as (pipeline, step), by its key.
        kept: Digests of artifacts that must stay even if no entry names them.
        hits: How often a run took a stored result.
        seconds_saved: What those results had taken to compute.
    """

    used: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    hits: int = 0
    seconds_saved: float = 0.0

    def last_use(self, entry: Entry) -> float:
        """Unix time at which an entry was last used, in seconds."""
        return max(entry.created, self.used.get(entry.key, 0.0))


@dataclass(frozen=True, slots=True)
class Garbage:
    """What a garbage collection removed, or would remove.

    Attributes:
        entries: The entries: those evicted for the size limit, and those without their artifacts.
        artifacts: How many artifacts.
        files: How many files that dead writers left, or that were set aside.
        size: Bytes of all those files.
        left: Bytes of the artifacts that stay.
    """

    entries: tuple[Entry, ...]
    artifacts: int
    files: int
    size: int
    left: int


def collect_garbage(
    store: StoreCore,
    usage: Usage,
    *,
    grace: float = GRACE,
    limit: int | None = None,
    dry_run: bool = False,
    clock: Callable[[], float] = time.time,
) -> Garbage:
    """Removes artifacts that no entry names and no run needs, by mark and sweep.

    A process that looks up an entry or opens an artifact while it is removed has a miss, and
    computes the step again.

    Args:
        store: The store.
        usage: What runs use.
        grace: Seconds for which what is new stays.
        limit: Bytes that the artifacts may take; the least recently used entries are evicted first.
        dry_run: Whether to remove nothing, and only tell.
        clock: Gives the Unix time in seconds.

    Raises:
        StoreError: if the store cannot be written.
    """
    before = clock() - grace
    blobs = {blob.digest: blob for blob in store.blobs.stored()}
    entries = [*store.entries()]
    broken = [entry for entry in entries if not _is_whole(entry, blobs) and entry.created < before]
    gone = {entry.key for entry in broken}
    held = [entry for entry in entries if entry.key not in gone]
    evicted = [] if limit is None else [*_evicted(held, usage, blobs, before, limit)]
    gone |= {entry.key for entry in evicted}
    marked = {ref.digest for entry in held if entry.key not in gone for ref in _refs(entry)}
    marked |= usage.kept
    lists = item_lists(store)
    stays = {ref.content for entry in held if entry.key not in gone for ref in _refs(entry)}
    stays |= usage.kept
    marked.update(item for content in stays & lists.keys() for item in lists[content])
    swept = [
        blob for blob in blobs.values() if blob.digest not in marked and blob.modified < before
    ]
    leftovers = [*store.blobs.leftovers(before)]
    size = sum(blob.size for blob in swept)
    left = sum(blob.size for blob in blobs.values()) - size
    for path in leftovers:
        with suppress(FileNotFoundError):
            size += path.stat().st_size
            if not dry_run:
                path.unlink()
    if not dry_run:
        for key in gone:
            store.forget(key)
        for blob in swept:
            store.blobs.remove(blob.digest, before)
        lost = {blob.digest for blob in swept}
        for content, items in lists.items():
            if not lost.isdisjoint(items):
                forget_items(store, content)
    return Garbage((*broken, *evicted), len(swept), len(leftovers), size, left)


def _refs(entry: Entry) -> Iterable[ArtifactRef]:
    return entry.outputs.values()


def _is_whole(entry: Entry, blobs: Mapping[str, StoredBlob]) -> bool:
    return all(ref.digest in blobs and blobs[ref.digest].size == ref.size for ref in _refs(entry))


def _evicted(
    entries: Iterable[Entry],
    usage: Usage,
    blobs: Mapping[str, StoredBlob],
    before: float,
    limit: int,
) -> Iterator[Entry]:
    """The least recently used entries without which the artifacts fit into the limit."""
    by_use = sorted(entries, key=usage.last_use)
    named = Counter(digest for entry in by_use for digest in {ref.digest for ref in _refs(entry)})
    needed = {*named, *usage.kept}
    total = sum(blob.size for blob in blobs.values() if blob.digest in needed)
    for entry in by_use:
        if total <= limit or usage.last_use(entry) >= before:
            return
        digests = {ref.digest for ref in _refs(entry)}
        named.subtract(digests)
        total -= sum(
            blobs[digest].size
            for digest in digests
            if not named[digest] and digest not in usage.kept and digest in blobs
        )
        yield entry


@dataclass(frozen=True, slots=True)
class Verified:
    """What reading all artifacts found.

    Attributes:
        artifacts: How many were read.
        size: Their bytes.
        damaged: What is wrong with each damaged one; its file was set aside.
        lost: Entries that lack an artifact, and are misses until their step ran again.
    """

    artifacts: int
    size: int
    damaged: tuple[str, ...]
    lost: tuple[Entry, ...]


def verify(store: StoreCore) -> Verified:
    """Reads and hashes all artifacts; damaged ones are set aside.

    Raises:
        StoreError: if the store cannot be read.
    """
    count = size = 0
    damaged = []
    for blob in store.blobs.stored():
        count += 1
        size += blob.size
        try:
            store.blobs.verified(ArtifactRef(blob.digest, blob.size, "", ""))
        except ArtifactCorruptError as error:
            damaged.append(error.message)
        except ArtifactMissingError:
            continue
    lost = tuple(entry for entry in store.entries() if not _has_all(store.blobs, entry))
    return Verified(count, size, tuple(damaged), lost)


def _has_all(blobs: BlobFolder, entry: Entry) -> bool:
    return all(blobs.has(ref) for ref in _refs(entry))


@dataclass(frozen=True, slots=True)
class Statistics:
    """A store in numbers.

    Attributes:
        entries: How many there are.
        artifacts: How many there are.
        size: Bytes of all artifacts.
        unused: Bytes of those that no entry names.
        set_aside: How many damaged files were set aside.
        steps: Entries and bytes of each (pipeline, step), most bytes first; an artifact that
            several entries name counts for each.
    """

    entries: int
    artifacts: int
    size: int
    unused: int
    set_aside: int
    steps: Mapping[tuple[str, str], tuple[int, int]]


def statistics(store: StoreCore) -> Statistics:
    """Counts what is in a store.

    Raises:
        StoreError: if the store cannot be read.
    """
    entries = [*store.entries()]
    blobs = [*store.blobs.stored()]
    named = {ref.digest for entry in entries for ref in _refs(entry)}
    named |= {item for items in item_lists(store).values() for item in items}
    steps: dict[tuple[str, str], tuple[int, int]] = {}
    for entry in entries:
        step = (entry.producer.pipeline, entry.producer.step)
        count, size = steps.get(step, (0, 0))
        steps[step] = (count + 1, size + entry_size(entry))
    return Statistics(
        entries=len(entries),
        artifacts=len(blobs),
        size=sum(blob.size for blob in blobs),
        unused=sum(blob.size for blob in blobs if blob.digest not in named),
        set_aside=store.blobs.set_aside,
        steps=dict(sorted(steps.items(), key=lambda item: (-item[1][1], item[0]))),
    )


def entry_size(entry: Entry) -> int:
    """Bytes of an entry's artifacts."""
    return sum(ref.size for ref in _refs(entry))
