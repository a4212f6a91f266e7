"""Annotations as people write them."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

from zcompile.hints.arrays import array_items


def describe(hint: Any) -> str:
    """An annotation as people write it: ``numpy.ndarray``, ``list[int]``, ``NDArray[float]``."""
    if get_origin(hint) is Annotated:
        return describe(get_args(hint)[0])
    if hint is None or hint is type(None):
        return "None"
    if hint is Any:
        return "Any"  # A class of `typing` in some versions of Python.
    if isinstance(hint, type) and not get_args(hint):
        prefix = "" if hint.__module__ == "builtins" else f"{hint.__module__}."
        return f"{prefix}{hint.__qualname__}"
    if (items := array_items(hint)) is not None:
        return f"NDArray[{describe(items)}]"
    return str(hint).replace("typing.", "")


def type_of(value: Any) -> str:
    """The type of a value as people write it."""
    return "NoneType" if value is None else describe(type(value))
