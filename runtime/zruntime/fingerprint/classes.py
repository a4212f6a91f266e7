"""What classes keep elsewhere than in their attributes."""

from __future__ import annotations

import abc
import dataclasses
import functools
import operator
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from enum import Enum
from typing import Any, Final

_ATTRS: Final = ("name", "default", "validator", "converter")
_PYDANTIC: Final = ("annotation", "default", "default_factory", "metadata", "alias")


def class_state(cls: type, is_nested: bool) -> dict[str, Any]:
    """What pydantic, attrs and Python made of the body of a class, as data.

    Args:
        cls: A class of the project.
        is_nested: Whether it was made in a function, with values that its text does not tell.
    """
    return {f"<{name}>": value for name, value in _state(cls, is_nested)}


def _state(cls: type, is_nested: bool) -> Iterator[tuple[str, Any]]:
    fields = vars(cls).get("__pydantic_fields__")
    if isinstance(fields, Mapping):
        yield "fields", [(name, _field(field, cls)) for name, field in fields.items()]
    if "__attrs_attrs__" in vars(cls):
        yield "attributes", [_parts(item, _ATTRS) for item in vars(cls)["__attrs_attrs__"]]
    if is_nested and dataclasses.is_dataclass(cls):
        made = {item.name: item.default_factory for item in dataclasses.fields(cls)}
        yield "factories", {name: None if f is MISSING else f for name, f in made.items()}
    if is_nested and issubclass(cls, Enum):
        yield "members", [(name, member._value_) for name, member in cls.__members__.items()]
    if isinstance(cls, abc.ABCMeta) and (registered := [*_registered(cls)]):
        yield "registered", {found.__qualname__ for found in registered}


def _field(field: Any, cls: type) -> list[Any]:
    annotation, *others = _parts(field, _PYDANTIC)
    if sys.version_info < (3, 11):
        annotation = _evaluated(annotation, cls)
    return [annotation, *others]


def _evaluated(hint: Any, cls: type) -> Any:
    """An annotation of a class, with what stands quoted in `list["Tree"]`.

    Python 3.10 leaves the text in it, in whose place newer versions put the class.
    """
    if isinstance(hint, types.GenericAlias):
        parts = [_named(it, cls) if isinstance(it, str) else it for it in hint.__args__]
        origin: Any = hint.__origin__
        return types.GenericAlias(origin, tuple(_evaluated(it, cls) for it in parts))
    if isinstance(hint, types.UnionType):
        return functools.reduce(operator.or_, [_evaluated(it, cls) for it in hint.__args__])
    if hasattr(hint, "copy_with"):  # typing's own, such as Optional[...]
        return hint.copy_with(tuple(_evaluated(it, cls) for it in hint.__args__))
    return hint


def _named(text: str, cls: type) -> Any:
    try:
        return eval(text, {**vars(sys.modules[cls.__module__]), cls.__name__: cls})
    except Exception:  # an annotation may be any expression
        return text


def _parts(field: Any, names: tuple[str, ...]) -> list[Any]:
    found = [getattr(field, name, None) for name in names]
    return [getattr(item, "factory", item) for item in found]


def _registered(cls: abc.ABCMeta) -> Iterator[type]:
    """The classes that count as subclasses of an abstract one since they were registered."""
    from _abc import _get_dump  # type: ignore[import-not-found] # what `cls._dump_registry` prints

    for reference in _get_dump(cls)[0]:
        found = reference()
        if found is not None:
            yield found
