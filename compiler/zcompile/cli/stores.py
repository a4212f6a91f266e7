"""The store that commands look after, and what they ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zruntime.cycles import without_collections
from zruntime.records import Records
from zruntime.settings import store_to_read
from zruntime.store import Entry, LocalStore, MemoryStore
from zruntime.store.maintenance import Usage
from zruntime.usage import usage_of

AnyStore = LocalStore | MemoryStore


@contextmanager
def opened(kept_runs: int = 1) -> Iterator[tuple[AnyStore, Usage]]:
    """The store with what runs use of it; see `usage_of`."""
    with store_to_read(Path.cwd()) as store, without_collections():
        yield store, usage_of(Records(store), kept_runs=kept_runs)


def step_of(entry: Entry) -> str:
    """The step that computed a result, with its pipeline."""
    return f"{entry.producer.pipeline}.{entry.producer.step}"
