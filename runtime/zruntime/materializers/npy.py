"""numpy arrays as the bytes of `.npy` files, whatever their memory looks like."""

from __future__ import annotations

import ast
import math
import os
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from zruntime.materializers.padding import has_padding, without_padding
from zruntime.materializers.parts import ALIGNMENT, MAP_FROM, Section

if TYPE_CHECKING:
    import numpy as np

_KINDS: Final = "biufcmMSUV"
"""Kinds of dtypes whose elements are their bytes; "O" and "T" hold pointers."""

_CHUNK: Final = 1 << 22
"""Bytes that are copied at once from an array that is not in C order."""

_START: Final = b"\x93NUMPY\x03\x00"
_LENGTH: Final = struct.Struct("<I")


def is_exact(dtype: np.dtype[Any]) -> bool:
    """Whether the text of a dtype in a header gives back the same dtype."""
    import numpy as np

    if not _is_simple(dtype):
        return False
    found = np.lib.format.descr_to_dtype(np.lib.format.dtype_to_descr(dtype))
    return found == dtype and (dtype.kind != "V" or found.type is dtype.type)


def write(array: np.ndarray[Any, Any], file: BinaryIO) -> None:
    """Writes a header and the elements in C order; copies nothing if they are so in memory."""
    file.write(_header(array))
    padded = has_padding(array.dtype)
    for chunk in _contiguous(array):
        clean = without_padding(chunk) if padded else chunk
        if clean.nbytes:
            file.write(clean.reshape(-1).view("u1").data)


def read(file: BinaryIO) -> np.ndarray[Any, Any]:
    """The array that `write` wrote; it may be changed in place, a large one is mapped.

    Raises:
        ValueError, SyntaxError: if the bytes are something else.
    """
    import numpy as np

    memory = file.memory if isinstance(file, Section) else None
    size = os.fstat(file.fileno()).st_size if memory is None else len(memory)
    dtype, shape, start = _read_header(file, size)
    if memory is not None:
        return np.ndarray(shape, dtype, memory, start)
    if size < MAP_FROM:
        return np.ndarray(shape, dtype, bytearray(file.read()))
    # Not over a map of ours: joblib's workers map again what they see is a memmap.
    return np.memmap(file, dtype, "c", start, shape).view(np.ndarray)


def _is_simple(dtype: np.dtype[Any]) -> bool:
    """Whether a dtype has no metadata, alignment, titles or pointers, which headers lack."""
    if dtype.metadata is not None or dtype.isalignedstruct or dtype.kind not in _KINDS:
        return False
    if dtype.subdtype is not None:
        return _is_simple(dtype.subdtype[0])
    fields = (dtype.fields or {}).values()
    return all(len(field) == 2 and _is_simple(field[0]) for field in fields)


def _header(array: np.ndarray[Any, Any]) -> bytes:
    """The header of a `.npy` file, version 3.0, whose length is a multiple of 64 bytes.

    numpy's own writer pads to a length that differs between its versions.
    """
    import numpy as np

    fields = {
        "descr": np.lib.format.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": array.shape,
    }
    text = repr(fields).encode()
    before = len(_START) + _LENGTH.size
    length = -(-(before + len(text) + 1) // ALIGNMENT) * ALIGNMENT - before
    return _START + _LENGTH.pack(length) + text.ljust(length - 1) + b"\n"


def _read_header(file: BinaryIO, size: int) -> tuple[Any, tuple[int, ...], int]:
    """dtype, shape and the place of the first element."""
    import numpy as np

    before = len(_START) + _LENGTH.size
    head = file.read(before)
    if len(head) < before or not head.startswith(_START):
        raise ValueError("it is no array")
    start = before + _LENGTH.unpack(head[len(_START) :])[0]
    if start > size:
        raise ValueError("it ends within its header")
    fields = ast.literal_eval(file.read(start - before).decode())
    dtype, shape = np.lib.format.descr_to_dtype(fields["descr"]), fields["shape"]
    if start + dtype.itemsize * math.prod(shape) != size:
        raise ValueError(f"its elements do not take {size - start} bytes")
    return dtype, shape, start


def _contiguous(array: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    """The elements of an array in C order, in pieces that are contiguous in memory."""
    import numpy as np

    if array.flags.c_contiguous or array.nbytes <= _CHUNK:
        yield np.ascontiguousarray(array)
        return
    rows = _CHUNK * len(array) // array.nbytes
    if rows == 0:
        for row in array:
            yield from _contiguous(row)
        return
    for start in range(0, len(array), rows):
        yield np.ascontiguousarray(array[start : start + rows])
