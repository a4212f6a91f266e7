"""Bytes within numpy's elements that hold whatever lay in memory.

They lie between the fields of structured arrays, and in long doubles whose 80 bits take 16 bytes.
"""

from __future__ import annotations

from typing import Any, Final

_WIDE: Final = 16
"""Bytes of a long double where it has padding."""

_USED: Final = 10
"""Bytes of these that count."""


def has_padding(dtype: Any) -> bool:
    """Whether elements of a numpy dtype have bytes that belong to no field and no number."""
    if dtype.subdtype is not None:
        return has_padding(dtype.subdtype[0])
    if dtype.names is None:
        return _is_wide(dtype)
    fields = [dtype.fields[name][0] for name in dtype.names]
    return sum(field.itemsize for field in fields) < dtype.itemsize or any(map(has_padding, fields))


def without_padding(array: Any) -> Any:
    """A copy of an array, in C order, in which these bytes are zero."""
    import numpy as np

    clean = np.zeros(array.shape, array.dtype)
    _copy_fields(array, clean)
    return clean


def _copy_fields(source: Any, target: Any) -> None:
    if source.dtype.names is None:
        target[...] = source
        if _is_wide(source.dtype):
            _clear(target)
        return
    for name in source.dtype.names:
        _copy_fields(source[name], target[name])


def _is_wide(dtype: Any) -> bool:
    import numpy as np

    return dtype.char in "gG" and np.finfo(np.longdouble).nmant == 63


def _clear(target: Any) -> None:
    parts = range(target.itemsize // _WIDE)
    fields = [
        (f"{name}{part}", "u1", size)
        for part in parts
        for name, size in (("used", _USED), ("rest", _WIDE - _USED))
    ]
    view = target.view(fields)
    for part in parts:
        view[f"rest{part}"] = 0
