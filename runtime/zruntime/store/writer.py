"""A file object that hashes what is written to it."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import BinaryIO, Final

from typing_extensions import Buffer

from zruntime.hashing import Hasher

_BUFFER: Final = 1 << 18
_SLICE: Final = 1 << 20
"""Bytes written and hashed at a time; few enough to stay in the processor's cache."""


class _HashingFile(io.RawIOBase):
    # It has no fileno: numpy and PIL would write to the descriptor directly, past the hash.

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.hasher = Hasher()
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.hasher.size

    def write(self, data: Buffer) -> int:
        view = memoryview(data).cast("B")[:_SLICE]
        try:
            count = os.write(self._descriptor, view)
        except OSError as error:
            self.failure = error
            raise
        self.hasher.update(view[:count])
        return count


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
