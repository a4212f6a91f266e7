"""A file object that hashes what is written to it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final

from typing_extensions import Buffer

from zruntime.hashing import Hasher

_BUFFER: Final = 1 << 18
_SLICE: Final = 1 << 23
"""Bytes written and hashed at a time."""

_LARGE: Final = 1 << 20
"""Slices of this many bytes or more are hashed in another thread while they are written."""

_AHEAD: Final = 1 << 25
"""Bytes after which the disk is set to work, so that it has little left to do at the end."""


class _HashingFile(io.RawIOBase):
    # It has no fileno: numpy and PIL would write to the descriptor directly, past the hash.

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._threads = ThreadPoolExecutor(2)  # starts none before it is given work
        self._synced = 0
        self._syncing: Future[None] | None = None
        self.hasher = Hasher()
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.hasher.size

    def write(self, data: Buffer) -> int:
        view = memoryview(data).cast("B")[:_SLICE]
        with self._noting_failure():
            if len(view) < _LARGE:
                self._write(view)
                self.hasher.update(view)
            else:
                hashed = self._threads.submit(self.hasher.update, view)
                try:
                    self._write(view)
                finally:
                    hashed.result()
            if self.hasher.size >= self._synced + _AHEAD:
                self._sync_ahead()
        return len(view)

    def close(self) -> None:
        try:
            if self._syncing is not None:
                with self._noting_failure():
                    self._syncing.result()
        finally:
            self._threads.shutdown()
            super().close()

    def _write(self, view: memoryview) -> None:
        while view:
            view = view[os.write(self._descriptor, view) :]

    def _sync_ahead(self) -> None:
        if self._syncing is not None:
            if not self._syncing.done():
                return
            self._syncing.result()  # the disk tells of a failure once
        self._synced = self.hasher.size
        self._syncing = self._threads.submit(os.fsync, self._descriptor)

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error
            raise


class NewBlob:
    """A blob that is being written to an open file; implements `BlobWriter`.

    Attributes:
        file: Takes the bytes; large buffers go to hash and disk without a copy.
    """

    def __init__(self, descriptor: int) -> None:
        self._raw = _HashingFile(descriptor)
        self.file: BinaryIO = io.BufferedWriter(self._raw, _BUFFER)

    @property
    def digest(self) -> str:
        """Digest of what was written.

        Raises:
            ValueError: before the blob is complete.
        """
        self._require_complete()
        return self._raw.hasher.hexdigest()

    @property
    def size(self) -> int:
        """Number of bytes written.

        Raises:
            ValueError: before the blob is complete.
        """
        self._require_complete()
        return self._raw.hasher.size

    @property
    def failure(self) -> OSError | None:
        """The disk's error that a write has met, even if the writer of the bytes hid it."""
        return self._raw.failure

    def complete(self) -> None:
        """Writes what is buffered.

        Raises:
            OSError: if this or an earlier write failed.
        """
        self.file.close()
        if self.failure is not None:
            raise self.failure

    def discard(self) -> None:
        """Closes the file, whatever becomes of its bytes."""
        with suppress(OSError):
            self.file.close()

    def _require_complete(self) -> None:
        if not self.file.closed:
            raise ValueError("A blob's digest and size are known once its context has ended.")
