"""What materializers of values that are made of arrays have in common."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import Any, BinaryIO

from zruntime.materializers import npy, parts
from zruntime.materializers.base import BaseMaterializer


class PackedMaterializer(BaseMaterializer):
    """Stores a few plain facts and arrays, which are mapped into memory on loading if large."""

    def __init__(self) -> None:
        self._packed: tuple[Any, list[Any]] | None = None

    @abstractmethod
    def pack(self, value: Any) -> tuple[Any, list[Any]]:
        """Plain JSON data and numpy arrays that tell all of `value`."""

    @abstractmethod
    def unpack(self, facts: Any, arrays: list[Any]) -> Any:
        """The value that `pack` was given."""

    def accepts(self, value: Any) -> bool:
        """Whether all arrays have dtypes that can be written as text."""
        self._packed = self.pack(value)
        return all(npy.is_exact(array.dtype) for array in self._packed[1])

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes the arrays and then the facts."""
        facts, arrays = self._packed or self.pack(value)
        parts.write(
            file, self.FORMAT, facts, [("numpy/1", partial(npy.write, array)) for array in arrays]
        )

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """The value over its stored arrays."""
        facts, stored = parts.read(file, self.FORMAT)
        return self.unpack(facts, [npy.read(part) for _, part in stored])
