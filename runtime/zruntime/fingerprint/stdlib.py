"""What the standard library defines as plain data, alike in all versions of Python."""

from __future__ import annotations

import pickle
import re
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any, Final

TYPING: Final = frozenset({"typing", "typing_extensions", "types"})
PARTS: Final = ("__supertype__", "__bound__", "__constraints__", "__value__", "__forward_arg__")
"""What a type variable and the like are made of."""
REDUCED: Final = frozenset(
    [
        "datetime",
        "decimal",
        "_decimal",
        "fractions",
        "uuid",
        "re",
        "collections",
        "_collections",
        "array",
        "zoneinfo",
        "ipaddress",
        "operator",
    ]
)
"""Modules whose instances are told apart by what pickle would keep."""
PRIVATE: Final = re.compile(r"\._.*")
"""Where a package keeps what it exports, which changes with Python's versions."""
RENAMED: Final = {
    "enum:EnumMeta": "enum:EnumType",
    "_collections:_tuplegetter": "collections:_tuplegetter",
    "_thread:allocate_lock": "_thread:lock",
}
"""Names of older versions of Python."""


def stdlib_name(module: str, name: str) -> str:
    """What something of the standard library is called in all versions of Python.

    Args:
        module: The module that it says it is of.
        name: Its qualified name there; empty for the module itself.
    """
    found = f"{PRIVATE.sub('', module)}:{name}"
    return RENAMED.get(found, found)


def typing_form(value: Any, kind: type, form: Callable[[Any], Any]) -> Any:
    """The form of an annotation that is no class, such as `Optional[int]`, or of its parts.

    Args:
        value: Any object.
        kind: Its type.
        form: Forms the objects that it holds.

    Returns:
        Plain data; None for any other object.
    """
    if kind.__module__ not in TYPING or kind is types.SimpleNamespace:
        return None
    origin = typing.get_origin(value)
    if origin is not None:
        return ("typing", form(origin), [form(argument) for argument in typing.get_args(value)])
    name = getattr(value, "__name__", None) or getattr(value, "_name", None)
    parts = [getattr(value, part, None) for part in PARTS]
    # The bound of a ParamSpec is NoneType since Python 3.12.
    return ("typing", name, [form(None if part is types.NoneType else part) for part in parts])


def reduced_form(value: Any, kind: type, form: Callable[[Any], Any]) -> Any:
    """The form of an instance of the standard library's data types; as `typing_form`."""
    if kind.__module__ not in REDUCED and kind is not types.SimpleNamespace:
        return None
    if kind.__module__ == "fractions":
        return ("fraction", str(value))
    try:
        parts = value.__reduce_ex__(4)
    except (TypeError, pickle.PicklingError):
        return None
    if isinstance(parts, str):
        return ("reduced", parts)
    make, arguments, state, items, pairs = (*parts, None, None, None)[:5]
    content = [form(list(found)) for found in (items or (), pairs or ())]
    return ("reduced", form(make), form(arguments), form(state), content)


def iterator_form(value: Any, kind: type, form: Callable[[Any], Any]) -> Any:
    """The form of an iterator over a list, of a `map` and the like: what is left in it."""
    if kind.__module__ != "builtins" or not isinstance(value, Iterator):
        return None
    try:
        return ("iterator", form(value.__reduce__()))
    except TypeError:
        return None
