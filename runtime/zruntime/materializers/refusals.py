"""Values that no artifact can stand for, told with what to return instead."""

from __future__ import annotations

import io
import sys
import types
from collections.abc import Iterator
from typing import Any, Final

from zruntime.exceptions import MaterializerError
from zruntime.naming import type_name

_CALLS: Final = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_IN_MEMORY: Final = (io.BytesIO, io.StringIO)


def refuse(value: Any) -> None:
    """Lets pass what may be stored.

    Raises:
        MaterializerError: for generators, coroutines, iterators, open files and lazy frames.
    """
    name = type_name(type(value))
    if is_unfinished_call(value):
        raise MaterializerError(
            f"A {type(value).__name__} cannot be stored: its values are not computed yet, and one "
            "reader would use them up.",
            code="ZC550",
            remedy="Return list(...) of it, or what awaiting it gives.",
        )
    if isinstance(value, Iterator) and type(value).__module__ in ("builtins", "itertools"):
        raise MaterializerError(
            f"An iterator ({name}) cannot be stored: one reader would use it up.",
            code="ZC551",
            remedy="Return list(...) of it.",
        )
    if isinstance(value, io.IOBase) and not isinstance(value, _IN_MEMORY):
        raise MaterializerError(
            f"An open file ({name}) cannot be stored.",
            code="ZC552",
            remedy="Close it and return its pathlib.Path: the content is stored then.",
        )
    polars: Any = sys.modules.get("polars")
    if polars is not None and isinstance(value, polars.LazyFrame):
        raise MaterializerError(
            "A polars LazyFrame cannot be stored: it is a query, whose result may change.",
            code="ZC553",
            remedy="Return what its collect() gives.",
        )


def is_unfinished_call(value: object) -> bool:
    """Whether a value is a generator or a coroutine."""
    return isinstance(value, _CALLS)
