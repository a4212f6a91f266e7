"""Looking after a store: removing what is of no use any more, checking files, and counting."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import takewhile
from typing import Final

from msgspec import Struct, field

from zruntime.exceptions import ArtifactCorruptError, ArtifactMissingError
from zruntime.items import forget_items, item_lists
from zruntime.outside.files import forget_old_digests
from zruntime.store.base import ArtifactRef, Entry
from zruntime.store.blobs import BlobFolder, StoredBlob
from zruntime.store.core import REMOTE_ERRORS, StoreCore
from zruntime.store.pins import pinned

GRACE: Final = 24 * 3600.0
"""Seconds for which what is new is kept: artifacts are stored before the entry that names them."""


class Totals(Struct):
    """What the steps of all recorded runs came to, and the instances of mapped steps.

    Attributes:
        hits: How often a stored result was taken.
        seconds_saved: What those results had taken to compute.
        misses: How often one ran, by the kinds of reasons in `keys.KINDS`.
        bytes_made: Bytes of the artifacts that were computed.
        waits: How often one waited for another process that computed the same result.
        seconds_waited: How long.
    """

    hits: int = 0
    seconds_saved: float = 0.0
    misses: Counter[str] = field(default_factory=Counter)
    bytes_made: int = 0
    waits: int = 0
    seconds_waited: float = 0.0


class Usage(Struct, frozen=True):
    """What the records of runs say of entries and artifacts.

    Attributes:
        used: Unix time at which a run last used or made the entry of a key.
        steps: The steps whose results an entry was, as (pipeline, step), by its key.
        kept: Digests of artifacts that must stay even if no entry names them.
        totals: What all runs came to.
    """

    used: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    totals: Totals = field(default_factory=Totals)

    def last_use(self, entry: Entry) -> float:
        """Unix time at which an entry was last used, in seconds."""
        return max(entry.created, self.used.get(entry.key, 0.0))


class Garbage(Struct, frozen=True):
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
    computes the step again. Pinned artifacts stay.

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
    lists = item_lists(store)
    kept = {*usage.kept, *pinned(store)}
    kept.update(*(lists[content] for content in kept & lists.keys()))
    entries = [*store.entries()]
    broken = [entry for entry in entries if not _is_whole(entry, blobs) and entry.created < before]
    lost = {entry.key for entry in broken}
    needs = {entry.key: _needs(entry, lists) for entry in entries if entry.key not in lost}
    evicted: list[Entry] = []
    if limit is not None:
        by_use = sorted((entry for entry in entries if entry.key in needs), key=usage.last_use)
        old = takewhile(lambda entry: usage.last_use(entry) < before, by_use)
        evicted += _evicted(old, needs, kept, blobs, limit)
    gone = lost.union(entry.key for entry in evicted)
    marked = kept.union(*(needs[key] for key in needs.keys() - gone))
    swept = [
        blob for blob in blobs.values() if blob.digest not in marked and blob.modified < before
    ]
    if not dry_run:
        for key in gone:
            store.forget(key)
        swept = [blob for blob in swept if store.blobs.remove(blob.digest, before)]
        _forget_lists(store, lists, {blob.digest for blob in swept})
        forget_old_digests(store, clock())
        store.remove_idle_leases(before)
    files, size = _leftovers(store, before, dry_run)
    freed = sum(blob.size for blob in swept)
    left = sum(blob.size for blob in blobs.values()) - freed
    return Garbage((*broken, *evicted), len(swept), files, freed + size, left)


def _refs(entry: Entry) -> Iterable[ArtifactRef]:
    return entry.outputs.values()


def _is_whole(entry: Entry, blobs: Mapping[str, StoredBlob]) -> bool:
    return all(ref.digest in blobs and blobs[ref.digest].size == ref.size for ref in _refs(entry))


def _needs(entry: Entry, lists: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The artifacts of an entry, and the items of those that are mapped over."""
    digests = {ref.digest for ref in _refs(entry)}
    return frozenset(digests.union(*(lists.get(ref.content, ()) for ref in _refs(entry))))


def _evicted(
    entries: Iterable[Entry],
    needs: Mapping[str, frozenset[str]],
    kept: Collection[str],
    blobs: Mapping[str, StoredBlob],
    limit: int,
) -> Iterator[Entry]:
    """The first entries without which the artifacts fit into the limit.

    An entry whose artifacts are kept anyway stays: its eviction would free nothing.

    Args:
        entries: Those that may go, the least recently used first.
        needs: The artifacts that each entry needs, by its key; also of entries that stay.
        kept: Artifacts that stay.
        blobs: What is stored.
        limit: In bytes.
    """
    named = Counter(digest for each in needs.values() for digest in each if digest not in kept)
    total = sum(blobs[digest].size for digest in {*named, *kept} & blobs.keys())
    for entry in entries:
        if total <= limit:
            return
        own = needs[entry.key].difference(kept)
        named.subtract(own)
        total -= sum(blobs[digest].size for digest in own & blobs.keys() if not named[digest])
        if own:
            yield entry


def _forget_lists(
    store: StoreCore, lists: Mapping[str, frozenset[str]], removed: Collection[str]
) -> None:
    """Has lists split anew some of whose items were removed."""
    for content, items in lists.items():
        if not items.isdisjoint(removed):
            forget_items(store, content)


def _leftovers(store: StoreCore, before: float, dry_run: bool) -> tuple[int, int]:
    """Removes what dead writers left and what was set aside; the number of files, and bytes."""
    count = size = 0
    for path in store.blobs.leftovers(before):
        with suppress(FileNotFoundError):
            size += path.stat().st_size
            if not dry_run:
                path.unlink()
            count += 1
    return count, size


class Verified(Struct, frozen=True):
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


class Statistics(Struct, frozen=True):
    """A store in numbers.

    Attributes:
        entries: How many there are.
        artifacts: How many there are.
        size: Bytes of all artifacts.
        unused: Bytes of those that no entry names.
        set_aside: How many damaged files were set aside.
        remote_errors: How often the remote store could not be reached, read or written.
        steps: Entries and bytes of each (pipeline, step), most bytes first; an artifact that
            several entries name counts for each.
    """

    entries: int
    artifacts: int
    size: int
    unused: int
    set_aside: int
    remote_errors: int
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
        remote_errors=store.get(REMOTE_ERRORS) or 0,
        steps=dict(sorted(steps.items(), key=lambda item: (-item[1][1], item[0]))),
    )


def entry_size(entry: Entry) -> int:
    """Bytes of an entry's artifacts."""
    return sum(ref.size for ref in _refs(entry))
