"""numpy arrays and scalars, as `.npy` files in C order."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from zruntime.materializers.base import BaseMaterializer
from zruntime.materializers.padding import has_padding, without_padding

if TYPE_CHECKING:
    import numpy as np

_KINDS: Final = "biufcmMSUV"
"""Kinds of dtypes whose elements are their bytes; "O" and "T" hold pointers."""

_MAP_FROM: Final = 1 << 20
"""Files of this many bytes or more are mapped into memory, smaller ones are read."""

_CHUNK: Final = 1 << 24
"""Bytes that are copied at once from an array that is not in C order."""

_MAX_HEADER: Final = 1 << 24
"""Longest header read, in bytes: that of a structured array names all of its fields."""


class NumpyMaterializer(BaseMaterializer):
    """Arrays: the bytes depend on dtype, shape and elements, not on strides or flags."""

    FORMAT: ClassVar[str] = "numpy/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """Only `numpy.ndarray` itself: subclasses hold more than their elements."""
        import numpy as np

        return kind is np.ndarray

    def accepts(self, value: Any) -> bool:
        """Whether the dtype can be written as text."""
        return _is_exact(value.dtype)

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes a header and the elements; copies nothing if `value` is in C order."""
        array = without_padding(value) if has_padding(value.dtype) else value
        file.write(_header(array))
        for chunk in _contiguous(array):
            if chunk.nbytes:
                file.write(chunk.reshape(-1).view("u1").data)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """An array that may be changed in place: a large one is mapped, copying on write."""
        import numpy as np

        if os.fstat(file.fileno()).st_size < _MAP_FROM:
            return np.lib.format.read_array(file, allow_pickle=False, max_header_size=_MAX_HEADER)
        mapped = np.lib.format.open_memmap(file.name, mode="c", max_header_size=_MAX_HEADER)
        return mapped.view(np.ndarray)

    def describe(self, value: Any) -> dict[str, Any]:
        """The shape and the dtype."""
        return {"shape": list(value.shape), "dtype": str(value.dtype)}


class NumpyScalarMaterializer(NumpyMaterializer):
    """Scalars such as `numpy.float64`, as arrays without dimensions."""

    FORMAT: ClassVar[str] = "numpy-scalar/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """All scalar types."""
        import numpy as np

        return issubclass(kind, np.generic)

    def accepts(self, value: Any) -> bool:
        """Whether the dtype can be written as text."""
        return _is_exact(value.dtype)

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes an array without dimensions."""
        import numpy as np

        super().save(np.asarray(value), file)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """The scalar."""
        return super().load(file, data_type)[()]

    def describe(self, value: Any) -> dict[str, Any]:
        """The value as text and the dtype."""
        return {"value": str(value)[:200], "dtype": str(value.dtype)}


def _is_exact(dtype: np.dtype[Any]) -> bool:
    """Whether the text of a dtype in a header gives back the same dtype."""
    import numpy as np

    if not _is_simple(dtype):
        return False
    found = np.lib.format.descr_to_dtype(np.lib.format.dtype_to_descr(dtype))
    return found == dtype and (dtype.kind != "V" or found.type is dtype.type)


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
    start = b"\x93NUMPY\x03\x00"
    length = -(-(len(start) + 4 + len(text) + 1) // 64) * 64 - len(start) - 4
    return start + struct.pack("<I", length) + text.ljust(length - 1) + b"\n"


def _contiguous(array: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    """The elements of an array in C order, in pieces that are contiguous in memory."""
    import numpy as np

    if array.flags.c_contiguous or array.ndim == 0:
        yield array
        return
    rows = max(1, _CHUNK * len(array) // max(1, array.nbytes))
    for start in range(0, len(array), rows):
        yield np.ascontiguousarray(array[start : start + rows])
