"""The artifact store: cached results by key, immutable artifacts by digest."""

from zruntime.store.base import ArtifactRef, BlobWriter, Entry, Producer, Rows, Store
from zruntime.store.local import LocalStore
from zruntime.store.memory import MemoryStore

__all__ = [
    "ArtifactRef",
    "BlobWriter",
    "Entry",
    "LocalStore",
    "MemoryStore",
    "Producer",
    "Rows",
    "Store",
]
