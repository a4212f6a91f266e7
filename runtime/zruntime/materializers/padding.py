"""Bytes between the fields of numpy's structured arrays, which hold whatever lay in memory."""

from __future__ import annotations

from typing import Any


def has_padding(dtype: Any) -> bool:
    """Whether elements of a numpy dtype have bytes that belong to no field."""
    if dtype.subdtype is not None:
        return has_padding(dtype.subdtype[0])
    if dtype.names is None:
        return False
    fields = [dtype.fields[name][0] for name in dtype.names]
    return sum(field.itemsize for field in fields) < dtype.itemsize or any(map(has_padding, fields))


def without_padding(array: Any) -> Any:
    """A copy of a structured array, in C order, in which these bytes are zero."""
    import numpy as np

    clean = np.zeros(array.shape, array.dtype)
    _copy_fields(array, clean)
    return clean


def _copy_fields(source: Any, target: Any) -> None:
    if source.dtype.names is None:
        target[...] = source
        return
    for name in source.dtype.names:
        _copy_fields(source[name], target[name])
