"""Arrays and tables as plain data, without importing their libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from zruntime.hashing import digest_bytes

ARRAYS: Final = frozenset({"ndarray", "memmap", "matrix", "recarray"})
SCALARS: Final = "pandas._libs"


def array_form(value: Any, kind: type, form: Callable[[Any], Any]) -> Any:
    """The form of a numpy array or scalar, or of a pandas table, column, index or scalar.

    Args:
        value: Any object.
        kind: Its type.
        form: Forms the Python objects that it holds.

    Returns:
        Plain data that holds dtypes, shapes and digests of the elements in C order; None for any
        other object.
    """
    library, _, _ = kind.__module__.partition(".")
    if library == "numpy":
        return _numpy(value, kind, form)
    if library == "pandas":
        return _pandas(value, kind, form)
    return None


def _numpy(value: Any, kind: type, form: Callable[[Any], Any]) -> Any:
    bases = {base.__name__ for base in kind.__mro__ if base.__module__.startswith("numpy")}
    if "dtype" in bases:
        return ("dtype", repr(value))
    if "generic" not in bases and kind.__name__ not in ARRAYS:
        return None
    elements = form(value.tolist()) if value.dtype.hasobject else digest_bytes(value.tobytes())
    return ("array", kind.__name__, repr(value.dtype), list(value.shape), elements)


def _pandas(value: Any, kind: type, form: Callable[[Any], Any]) -> Any:
    if kind.__module__.startswith(SCALARS):
        return ("scalar", kind.__name__, repr(value))
    bases = {base.__name__ for base in kind.__mro__}
    if "DataFrame" in bases:
        columns = [form(value.iloc[:, number]) for number in range(value.shape[1])]
        return ("frame", kind.__name__, form(value.columns), form(value.index), columns)
    if "Series" in bases:
        return ("series", form(value.name), form(value.index), _elements(value, form))
    if "Index" in bases:
        return ("index", kind.__name__, form(list(value.names)), _elements(value, form))
    return None


def _elements(value: Any, form: Callable[[Any], Any]) -> Any:
    return (repr(value.dtype), form(value.to_numpy()))
