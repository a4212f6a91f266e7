"""Pickles that do not depend on the process, the script or the hash seed that made them.

Protocol 5 with cloudpickle's reducers, and five differences:

* Classes and functions that can be imported are stored by `naming.type_name`, so a script and
  the module it becomes elsewhere give equal bytes.
* Equal strings, bytes and dtypes count as one object. Whether two equal ones are the same object
  depends on interning and on what was pickled before, and shows in the bytes otherwise.
* Sets of plain values are stored in sorted order, not in that of their hashes.
* The padding between the fields of structured arrays, which is whatever lay in memory, is zero.
* Tensors are stored by their elements, wherever these lie in which memory.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any, BinaryIO

import cloudpickle

from zruntime import naming
from zruntime.hashing import encode
from zruntime.materializers import tensordata
from zruntime.materializers.padding import has_padding, without_padding
from zruntime.materializers.refusals import is_unfinished_call, refuse

Reducer = Callable[[Any], Any]


def _leave(obj: Any) -> Any:
    return NotImplemented


def dump(value: object, file: BinaryIO, reducer: Reducer = _leave) -> frozenset[Any]:
    """Pickles `value` into `file` and returns the code that belongs to it.

    Args:
        value: Anything.
        file: Where to.
        reducer: How objects of a library are reduced; gives NotImplemented for all others.

    Returns:
        The classes of all objects inside, and the classes and functions that are stored by name.

    Raises:
        pickle.PicklingError, TypeError, AttributeError, RecursionError: if something in `value`
            cannot be pickled; `__reduce__` methods may raise anything else.
    """
    pickler = _Pickler(file, protocol=5)
    pickler.reducer = reducer
    pickler.dump(value)
    return frozenset(pickler.code)


def load(file: BinaryIO) -> Any:
    """The value that `dump` wrote; damaged bytes may raise anything."""
    return _Unpickler(file).load()


class SortedSet:
    """A set on its way through a pickle; refers to the same set each time it is met."""

    def __init__(self, kind: type, items: list[Any]) -> None:
        self.items = items
        self.value = kind(items)

    def __reduce__(self) -> tuple[Any, ...]:
        return SortedSet, (type(self.value), self.items)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, file: BinaryIO, protocol: int) -> None:
        super().__init__(file, protocol=protocol)
        self.code: set[Any] = set()
        self.reducer: Reducer = _leave
        self._strings: dict[str, str] = {}
        self._bytes: dict[bytes, bytes] = {}
        self._sets: dict[int, tuple[object, SortedSet]] = {}
        self._dtypes: dict[tuple[type, str], Any] = {}
        self._numpy: Any = sys.modules.get("numpy")

    def persistent_id(self, obj: Any) -> Any:
        """The one object that stands for all equal to `obj`, or None to pickle `obj` itself."""
        kind = type(obj)
        if kind is str:
            return self._strings.setdefault(obj, obj)
        if kind is bytes:
            return self._bytes.setdefault(obj, obj)
        if kind is set or kind is frozenset:
            return self._sorted(obj)
        if self._numpy is not None and isinstance(obj, self._numpy.dtype):
            return self._dtype(obj)
        return None

    def reducer_override(self, obj: Any) -> Any:
        """Names what can be imported; leaves all else to cloudpickle."""
        if isinstance(obj, (type, FunctionType)):
            return self._reduce_global(obj)
        if is_unfinished_call(obj):
            refuse(obj)
        self.code.add(type(obj))
        if self._numpy is not None and type(obj) is self._numpy.ndarray and has_padding(obj.dtype):
            return without_padding(obj).__reduce_ex__(5)
        if tensordata.is_dense(obj):
            return tensordata.rebuilt, (tensordata.facts_of(obj), tensordata.as_array(obj))
        reduced = self.reducer(obj)
        return super().reducer_override(obj) if reduced is NotImplemented else reduced

    def _reduce_global(self, obj: Any) -> Any:
        if obj.__module__ == "builtins" or obj is naming.resolve or not naming.is_importable(obj):
            return super().reducer_override(obj)
        self.code.add(obj)
        return naming.resolve, (naming.type_name(obj),)

    def _sorted(self, value: Any) -> SortedSet | None:
        """Keeps `value` alive beside its stand-in, so that its id stays its own."""
        if id(value) not in self._sets:
            try:
                items = sorted(value, key=encode)
            except (TypeError, ValueError):  # not plain, or longer than str() takes
                return None
            self._sets[id(value)] = (value, SortedSet(type(value), items))
        return self._sets[id(value)][1]

    def _dtype(self, dtype: Any) -> Any:
        """One object for equal simple dtypes; unpickling gives arrays a new one each time."""
        if dtype.kind not in "biufcmMSU" or dtype.metadata is not None:
            return None
        return self._dtypes.setdefault((type(dtype), dtype.str), dtype)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: Any) -> Any:
        """The object that `persistent_id` stood for."""
        return pid.value if type(pid) is SortedSet else pid
