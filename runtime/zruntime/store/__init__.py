"""The artifact store: cached results by key, immutable artifacts by digest."""

from zruntime.store.base import ArtifactRef, BlobWriter, Entry, Producer, Store

__all__ = ["ArtifactRef", "BlobWriter", "Entry", "Producer", "Store"]
