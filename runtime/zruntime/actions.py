"""What people do with stored results: having steps run again, and keeping artifacts."""

from __future__ import annotations

from collections.abc import Collection

from zruntime.items import COLLECTED, items_of
from zruntime.records import Records, StepRecord
from zruntime.store.base import ArtifactRef
from zruntime.store.local import LocalStore
from zruntime.store.memory import MemoryStore
from zruntime.store.pins import pin, unpin
from zruntime.usage import usage_of

AnyStore = LocalStore | MemoryStore


def invalidate_result(store: AnyStore, step: StepRecord) -> int:
    """Forgets the result that a step had in a run; of a mapped step those of all its instances.

    Returns:
        How many results were stored.

    Raises:
        StoreError: if the store, or the remote one, cannot be written.
    """
    parts = [step] if step.instances is None else step.instances
    keys = [*dict.fromkeys(part.key for part in parts if part.key)]
    stored = [entry for entry in store.each(store.lookup, keys) if entry is not None]
    store.each(store.invalidate, keys)
    return len(stored)


def invalidate_step(store: AnyStore, pipelines: Collection[str], step: str) -> int:
    """Forgets all results of a step of these pipelines, also those that it took from others.

    Returns:
        How many results were stored here.

    Raises:
        StoreError: if the store, or the remote one, cannot be written.
    """
    steps = {(pipeline, step) for pipeline in pipelines}
    used = usage_of(Records(store)).steps
    found = [
        entry.key
        for entry in store.entries()
        if (entry.producer.pipeline, entry.producer.step) in steps
        or not steps.isdisjoint(used.get(entry.key, ()))
    ]
    store.each(store.invalidate, found)
    for pipeline in pipelines:
        store.invalidate_step(pipeline, step)
    return len(found)


def set_pinned(store: AnyStore, ref: ArtifactRef, pinned: bool) -> None:
    """Keeps an artifact from being removed, or lets it be removed again.

    One that is only in the remote store is fetched first: a pin keeps what is in this one.

    Raises:
        ArtifactMissingError: if it, or an item of the list that it is, is gone.
        ArtifactCorruptError: if it is damaged.
        StoreError: if the store cannot be written.
    """
    if not pinned:
        unpin(store, ref.digest)
        return
    parts = items_of(store, ref) if ref.materializer == COLLECTED else (ref,)
    for part in parts:
        if not store.blobs.has(part):
            store.blob(part)
    pin(store, ref.digest)
