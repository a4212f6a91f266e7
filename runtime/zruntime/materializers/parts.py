"""Several values in one artifact, each as the bytes of its own materializer.

The bytes of the parts come first, each from a multiple of 64 on, so that arrays among them can be
mapped into memory. JSON follows that tells how the parts make up the value, and where each lies;
then its length and eight bytes that end the file.
"""

from __future__ import annotations

import io
import json
import mmap
import os
import struct
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Final, cast

from typing_extensions import Buffer

ALIGNMENT: Final = 64
"""Bytes; the elements of arrays start at multiples of it."""

MAP_FROM: Final = 1 << 20
"""Files of this many bytes or more are mapped into memory, smaller ones are read."""

_END: Final = struct.Struct("<Q8s")
_MAGIC: Final = b"ZCPARTS1"


class Section(io.RawIOBase):
    """A part of a file as a file of its own; what is written to its memory stays in this process.

    Attributes:
        memory: Its bytes.
    """

    def __init__(self, memory: memoryview) -> None:
        super().__init__()
        self.memory = memory
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: len(self.memory)}
        self._position = max(0, start[whence] + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Buffer) -> int:
        target = memoryview(buffer).cast("B")
        found = self.memory[self._position : self._position + len(target)]
        target[: len(found)] = found
        self._position += len(found)
        return len(found)


def memory_of(file: BinaryIO) -> memoryview:
    """The bytes of a file; those of a large one are mapped, and copied where they are changed."""
    if isinstance(file, Section):
        return file.memory
    if os.fstat(file.fileno()).st_size < MAP_FROM:
        return memoryview(bytearray(file.read()))
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def write(
    file: BinaryIO,
    name: str,
    tree: object,
    parts: Sequence[tuple[str, Callable[[BinaryIO], object]]],
) -> None:
    """Writes parts one after the other.

    Args:
        file: Where to; it need not seek.
        name: The format of the whole.
        tree: Plain JSON data that tells how the parts make up the whole value.
        parts: The materializer's name of each part, and what writes its bytes to a file.
    """
    counted = _Counted(file)
    places = []
    for part, save in parts:
        counted.write(bytes(-counted.size % ALIGNMENT))
        start = counted.size
        save(cast(BinaryIO, counted))
        places.append([start, counted.size - start, part])
    text = json.dumps([name, tree, places], ensure_ascii=False, separators=(",", ":")).encode()
    counted.write(text)
    counted.write(_END.pack(len(text), _MAGIC))


def read(file: BinaryIO, name: str) -> tuple[Any, list[tuple[str, BinaryIO]]]:
    """The tree that `write` was given, and the parts, with the names of their materializers.

    Raises:
        ValueError: if the file is something else.
    """
    memory = memory_of(file)
    if len(memory) < _END.size:
        raise ValueError("it is too short")
    length, magic = _END.unpack(memory[-_END.size :])
    stop = len(memory) - _END.size
    if magic != _MAGIC or length > stop:
        raise ValueError("it has no table of parts at its end")
    found, tree, places = json.loads(bytes(memory[stop - length : stop]))
    if found != name:
        raise ValueError(f"it is of the format {found}")
    parts = []
    for start, size, part in places:
        if not 0 <= start <= start + size <= stop - length:
            raise ValueError("a part lies outside of it")
        parts.append((part, cast(BinaryIO, Section(memory[start : start + size]))))
    return tree, parts


class _Counted(io.RawIOBase):
    """Counts what is written; has no fileno, to which numpy and PIL would write directly."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: Buffer) -> int:
        self._file.write(data)
        count = memoryview(data).nbytes
        self.size += count
        return count
