"""numpy's annotations: the classes of items, and the shape."""

from __future__ import annotations

import sys
from typing import Any, get_args, get_origin

from zcompile.hints.structure import is_union, normal, parts, tuple_items


def is_array(cls: Any) -> bool:
    """Whether a class is numpy's array; numpy is not imported for that."""
    return _is_numpys(cls, "ndarray")


def is_dtype(cls: Any) -> bool:
    """Whether a class is numpy's dtype."""
    return _is_numpys(cls, "dtype")


def scalar_of(hint: Any) -> Any:
    """numpy's class for the items of a dtype: `float` means what ``numpy.dtype(float)`` is."""
    hint = normal(hint)
    cls, _ = parts(hint)
    if cls in (bool, int, float, complex, str, bytes, object):
        return sys.modules["numpy"].dtype(cls).type
    return cls


def array_items(hint: Any) -> Any:
    """The items of an annotation that is written as ``NDArray[...]``; None for any other."""
    cls, arguments = parts(hint)
    if not is_array(cls) or not arguments or len(arguments) != 2:
        return None
    known = tuple_items(normal(arguments[0])) if normal(arguments[0]) is not Any else None
    items = parts(arguments[1])[1]
    return items[0] if known is None and is_dtype(parts(arguments[1])[0]) and items else None


def array_conforms(value: Any, hint: Any) -> bool:
    """Whether an array has the shape and the items that an annotation of arrays states."""
    shape, items = (*(parts(hint)[1] or ()), Any, Any)[:2]
    lengths = tuple_items(normal(shape)) if get_origin(normal(shape)) is tuple else None
    if lengths is not None and lengths[1:] != (...,) and len(lengths) != value.ndim:
        return False
    return dtype_conforms(value.dtype, normal(items))


def dtype_conforms(value: Any, hint: Any) -> bool:
    """Whether a dtype is of an annotation of dtypes."""
    if not is_dtype(parts(hint)[0]):
        return True
    arguments = parts(hint)[1]
    if not arguments or normal(arguments[0]) is Any:
        return True
    scalar = normal(arguments[0])
    options = get_args(scalar) if is_union(scalar) else (scalar,)
    kinds = tuple(scalar_of(option) for option in options)
    return any(not isinstance(kind, type) or issubclass(value.type, kind) for kind in kinds)


def _is_numpys(cls: Any, name: str) -> bool:
    return getattr(cls, "__name__", "") == name and getattr(cls, "__module__", "") == "numpy"
