"""Artifacts that a person wants kept, whatever a garbage collection finds."""

from __future__ import annotations

import time
from typing import Final

from zruntime.store.core import StoreCore

_ROWS: Final = "pin/"


def pin(store: StoreCore, digest: str) -> None:
    """Keeps an artifact from being removed, until it is unpinned.

    Raises:
        StoreError: if the store cannot be written.
    """
    store.put(f"{_ROWS}{digest}", {"pinned": time.time()})


def unpin(store: StoreCore, digest: str) -> None:
    """Lets an artifact be removed again; nothing happens if it is not pinned.

    Raises:
        StoreError: if the store cannot be written.
    """
    store.delete(f"{_ROWS}{digest}")


def pinned(store: StoreCore) -> frozenset[str]:
    """The digests of the pinned artifacts."""
    return frozenset(row.removeprefix(_ROWS) for row in store.rows(_ROWS))
