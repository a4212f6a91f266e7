"""numpy arrays and scalars: their bytes depend on dtype, shape and elements only."""

from __future__ import annotations

from typing import Any, BinaryIO, ClassVar

from zruntime.materializers import decoding, encoding, npy, previews
from zruntime.materializers.atoms import NotPlainError
from zruntime.materializers.base import BaseMaterializer
from zruntime.materializers.packed import PackedMaterializer


class _ArrayMaterializer(BaseMaterializer):
    """What the formats of arrays share."""

    def describe(self, value: Any) -> dict[str, Any]:
        """The shape, the dtype, and the least, the greatest and the first numbers."""
        return previews.of_array(value)


class NumpyMaterializer(_ArrayMaterializer):
    """Arrays as `.npy` files in C order, not depending on strides or flags."""

    FORMAT: ClassVar[str] = "numpy/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """Only `numpy.ndarray` itself, and its memory-mapped form, which is read back as it:
        other subclasses hold more than their elements."""
        import numpy as np

        return kind in (np.ndarray, np.memmap)

    def accepts(self, value: Any) -> bool:
        """Whether the dtype can be written as text."""
        return npy.is_exact(value.dtype)

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes a header and the elements; copies nothing if `value` is in C order."""
        npy.write(value, file)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """An array that may be changed in place: a large one is mapped, copying on write."""
        return npy.read(file)

    def loaded_type(self, value: Any) -> type:
        """A mapped array is given back as any other one."""
        import numpy as np

        return np.ndarray if isinstance(value, np.ndarray) else type(value)


class NumpyScalarMaterializer(NumpyMaterializer):
    """Scalars such as `numpy.float64`, as arrays without dimensions."""

    FORMAT: ClassVar[str] = "numpy-scalar/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """All scalar types."""
        import numpy as np

        return issubclass(kind, np.generic)

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes an array without dimensions."""
        import numpy as np

        super().save(np.asarray(value), file)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """The scalar."""
        return super().load(file, data_type)[()]

    def describe(self, value: Any) -> dict[str, Any]:
        """The value as text and the dtype."""
        return {**previews.of_scalar(value), "dtype": str(value.dtype)}


class NumpyTextMaterializer(_ArrayMaterializer):
    """Arrays of Python objects that are plain data, and of numpy's variable-width strings."""

    FORMAT: ClassVar[str] = "numpy-text/1"

    def __init__(self) -> None:
        self._data = b""
        self._types: frozenset[type] = frozenset()

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """Only `numpy.ndarray` itself."""
        import numpy as np

        return kind is np.ndarray

    def accepts(self, value: Any) -> bool:
        """Whether all elements are plain data, or strings with a usual mark of missing ones."""
        if value.dtype.kind not in "OT" or value.dtype.metadata is not None:
            return False
        try:
            facts = [list(value.shape), _string_options(value.dtype), value.ravel().tolist()]
            self._data, self._types = encoding.dump(facts)
        except (NotPlainError, RecursionError):
            return False
        return True

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes the JSON that `accepts` made."""
        file.write(self._data)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """A new array."""
        import numpy as np

        shape, options, items = decoding.load(file.read())
        if options is None:
            array = np.fromiter(items, object, len(items))
        else:
            array = np.array(items, np.dtypes.StringDType(**options))
        return array.reshape(shape)

    def local_types(self, value: Any) -> frozenset[type]:
        """Classes of the objects inside."""
        return self._types


class MaskedArrayMaterializer(PackedMaterializer):
    """Masked arrays: the elements, those under the mask too, the mask and the fill value."""

    FORMAT: ClassVar[str] = "numpy-masked/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """Only `numpy.ma.MaskedArray` itself."""
        import numpy as np

        return kind is np.ma.MaskedArray

    def pack(self, value: Any) -> tuple[dict[str, Any], list[Any]]:
        """The arrays, of which the mask and the fill value may be missing."""
        import numpy as np

        arrays = [np.asarray(value.data)]
        if value.mask is not np.ma.nomask:
            arrays.append(np.asarray(value.mask))
        fill = np.asarray(value.fill_value, value.dtype)
        usual = np.asarray(np.ma.default_fill_value(value.dtype), value.dtype)
        if fill.tobytes() != usual.tobytes():
            arrays.append(fill)
        facts = {
            "mask": value.mask is not np.ma.nomask,
            "fill": fill.tobytes() != usual.tobytes(),
            "hard": value.hardmask,
        }
        return facts, arrays

    def unpack(self, facts: Any, arrays: list[Any]) -> Any:
        """A masked array over the stored ones."""
        import numpy as np

        rest = iter(arrays)
        value: Any = np.ma.MaskedArray(next(rest), hard_mask=facts["hard"])
        if facts["mask"]:
            value._mask = next(rest)
        if facts["fill"]:
            value.fill_value = next(rest)
        return value

    def describe(self, value: Any) -> dict[str, Any]:
        """As of an array, with the number of masked elements."""
        import numpy as np

        masked = int(np.count_nonzero(value.mask))
        return {**previews.of_array(value.data), "masked": masked}


class ArrayClassMaterializer(PackedMaterializer):
    """Record arrays and matrices, whose class is all that they add to an array."""

    FORMAT: ClassVar[str] = "numpy-class/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """`numpy.recarray` and `numpy.matrix` themselves."""
        import numpy as np

        return kind in (np.recarray, np.matrix)

    def pack(self, value: Any) -> tuple[dict[str, Any], list[Any]]:
        """The class, and the elements as plain structured ones."""
        import numpy as np

        dtype = value.dtype
        plain = np.dtype((np.void, dtype)) if dtype.type is np.record else dtype
        facts = {"class": type(value).__name__, "records": dtype.type is np.record}
        return facts, [value.view(plain, np.ndarray)]

    def unpack(self, facts: Any, arrays: list[Any]) -> Any:
        """The array in its class."""
        import numpy as np

        kind = {"recarray": np.recarray, "matrix": np.matrix}[facts["class"]]
        dtype = arrays[0].dtype
        if facts["records"]:
            dtype = np.dtype((np.record, dtype))
        return arrays[0].view(dtype, kind)

    def describe(self, value: Any) -> dict[str, Any]:
        """As of an array."""
        return previews.of_array(value)


def _string_options(dtype: Any) -> dict[str, Any] | None:
    if dtype.kind == "O":
        return None
    missing = {"na_object": dtype.na_object} if hasattr(dtype, "na_object") else {}
    return {"coerce": dtype.coerce, **missing}
