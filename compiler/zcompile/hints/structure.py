"""What annotations are made of: their class, its arguments, and what iterating gives."""

from __future__ import annotations

import collections
import collections.abc as abc
import sys
import types
import typing
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin

import typing_extensions
from typing_extensions import TypeAliasType, get_annotations, is_typeddict

from zcompile.hints.resolving import Unresolved

_WRAPPERS = {
    getattr(module, name)
    for module in (typing, typing_extensions)
    for name in ("Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly")
    if hasattr(module, name)
}
"""What says more about a variable than the type of its values."""

_ONE_ITEM: tuple[Any, ...] = (
    *(list, set, frozenset, collections.deque, type({}.keys()), type({}.values())),
    *(abc.Sequence, abc.MutableSequence, abc.Set, abc.MutableSet, abc.KeysView, abc.ValuesView),
    *(abc.Collection, abc.Reversible, abc.Container, abc.Iterable, abc.Iterator, abc.Generator),
)
"""Classes whose first argument is the type of their items."""

_PAIRS: tuple[Any, ...] = (
    *(dict, collections.OrderedDict, collections.defaultdict, collections.ChainMap),
    *(types.MappingProxyType, abc.Mapping, abc.MutableMapping),
)
"""Classes whose arguments are the types of their keys and values."""

_TEXTS = {str: str, bytes: int, bytearray: int, memoryview: int, range: int}


_ALIASES = (TypeAliasType, getattr(typing, "TypeAliasType", TypeAliasType))
"""Those of `type X = ...`: typing_extensions has its own where Python has one, too."""


def normal(hint: Any) -> Any:
    """An annotation without what its values do not show: metadata, aliases, type variables.

    A name that cannot be resolved and a type variable without bounds become Any.
    """
    for _ in range(100):  # more than any annotation is nested; an alias may name itself
        inner = _inner(hint)
        if inner is hint:
            return hint
        hint = inner
    return Any


def _inner(hint: Any) -> Any:
    if hint is None:
        return type(None)
    if type(hint) is type:
        return hint
    if isinstance(hint, (Unresolved, str, typing.ForwardRef)) or hint in _WRAPPERS:
        return Any
    if isinstance(hint, TypeVar):
        bounds = hint.__constraints__ or (hint.__bound__,)
        return Any if bounds == (None,) else union(bounds)
    if isinstance(hint, _ALIASES):
        return hint.__value__
    if hint is typing_extensions.LiteralString:
        return str
    origin = get_origin(hint)
    if origin in _WRAPPERS:
        return get_args(hint)[0]
    if isinstance(origin, _ALIASES):
        return origin.__value__[get_args(hint)]
    if isinstance(origin, type) and not hasattr(hint, "__args__"):
        return origin  # typing.List
    return hint


def is_union(hint: Any) -> bool:
    """Whether an annotation is a union of others."""
    return get_origin(hint) in (Union, types.UnionType)


def without_none(hint: Any) -> Any:
    """A union without None; any other annotation as it is."""
    if not is_union(normal(hint)):
        return hint
    return union(tuple(item for item in get_args(normal(hint)) if item is not type(None)))


def union(hints: tuple[Any, ...]) -> Any:
    """An annotation that takes what any of these take; no value if there are none."""
    return Union.__getitem__(hints) if hints else NoReturn


def parts(hint: Any) -> tuple[Any, tuple[Any, ...] | None]:
    """An annotation's class and its arguments, None where it has none."""
    model = getattr(hint, "__pydantic_generic_metadata__", None) if isinstance(hint, type) else None
    if model and model["origin"]:
        return model["origin"], model["args"]
    origin = get_origin(hint)
    return (hint, None) if origin is None else (origin, get_args(hint))


def seen_as(hint: Any, base: type) -> tuple[Any, ...] | None:
    """The arguments that a base class of an annotation's class has, as far as they are known.

    With ``class Names(dict[str, T])``, ``Names[int]`` seen as `dict` has ``(str, int)``.
    """
    cls, arguments = parts(hint)
    if cls is base or not isinstance(cls, type):
        return arguments
    known = dict(zip(_variables(cls), arguments or (), strict=False))
    for parent in vars(cls).get("__orig_bases__", cls.__bases__):
        origin, _ = parts(parent)
        if isinstance(origin, type) and safe_issubclass(origin, base):
            variables = _variables(parent)
            filled = tuple(known.get(variable, Any) for variable in variables)
            return seen_as(parent[filled] if variables and origin is not parent else parent, base)
    return None


def _variables(hint: Any) -> tuple[Any, ...]:
    """The type variables that an annotation's arguments take the place of, in order."""
    model = getattr(hint, "__pydantic_generic_metadata__", None)
    if model:
        return tuple(model["parameters"])
    if not isinstance(hint, type) or hasattr(hint, "__parameters__"):
        return tuple(getattr(hint, "__parameters__", ()))
    # A class such as `Names(dict[str, T])` does not list its own.
    bases = vars(hint).get("__orig_bases__", ())
    return tuple(dict.fromkeys(variable for base in bases for variable in _variables(base)))


def safe_issubclass(cls: type, base: type) -> bool:
    """As `issubclass`, and False for a protocol that does not allow the question."""
    try:
        return issubclass(cls, base)
    except TypeError:
        return False


def item_of(hint: Any) -> Any:
    """The annotation of what iterating over a value gives; Any where that is not known."""
    cls, _ = parts(hint)
    if is_typeddict(cls):
        return str
    if not isinstance(cls, type):
        return Any
    if cls is tuple or is_named_tuple(cls):
        items = tuple_items(hint)
        return Any if items is None else union(tuple(item for item in items if item is not ...))
    for base in cls.__mro__:
        if base in _TEXTS:
            return _TEXTS[base]
        if base in _PAIRS or base in _ONE_ITEM or base is collections.Counter:
            return (seen_as(hint, base) or (Any,))[0]
    return Any


def value_of(hint: Any) -> Any:
    """The annotation of a mapping's values; Any where that is not known."""
    cls, _ = parts(hint)
    for base in cls.__mro__ if isinstance(cls, type) else ():
        if base is collections.Counter:
            return int
        if base in _PAIRS:
            return (seen_as(hint, base) or (Any, Any))[1]
    return Any


def holds_pairs(cls: Any) -> bool:
    """Whether the arguments of a class are its keys and values."""
    return cls in _PAIRS


def holds_items(cls: Any) -> bool:
    """Whether the first argument of a class is the type of its items."""
    return cls in _ONE_ITEM or cls is collections.Counter


def is_named_tuple(cls: Any) -> bool:
    """Whether this is a class of named tuples."""
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def tuple_items(hint: Any) -> tuple[Any, ...] | None:
    """The items of a tuple's annotation, as its arguments state them; None for any."""
    cls, arguments = parts(hint)
    if is_named_tuple(cls):
        fields = fields_of(cls)
        return tuple(fields.get(name, Any) for name in cls._fields)
    if arguments is None or any(_is_unpacked(item) for item in arguments):
        return None
    return None if arguments[1:] == (...,) and normal(arguments[0]) is Any else arguments


def _is_unpacked(hint: Any) -> bool:
    variadic = isinstance(hint, typing_extensions.TypeVarTuple)
    return (
        variadic
        or get_origin(hint) is typing_extensions.Unpack
        or getattr(hint, "__unpacked__", False)
    )


def fields_of(cls: type) -> Mapping[str, Any]:
    """The annotations of a class's fields, its bases' included, with forward references resolved.

    What cannot be resolved is Any.
    """
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        names = vars(sys.modules.get(base.__module__, typing))
        for name, hint in get_annotations(base, format=typing_extensions.Format.FORWARDREF).items():
            found[name] = _evaluated(hint, {**names, **vars(base)})
    return found


def _evaluated(hint: Any, names: dict[str, Any]) -> Any:
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    if not isinstance(hint, str):
        return hint
    try:
        return eval(hint, names)
    except Exception:  # an annotation may be any expression
        return Any


def typed_dict_keys(cls: Any) -> frozenset[str]:
    """The keys that a TypedDict must have."""
    return frozenset(cls.__required_keys__)


def protocol_members(cls: type) -> frozenset[str]:
    """The names of what a protocol asks for."""
    return frozenset(typing_extensions.get_protocol_members(cls))


def literals_of(hint: Any) -> tuple[Any, ...] | None:
    """All values of an annotation that has only a few; None of one that has many."""
    if get_origin(hint) in (typing.Literal, typing_extensions.Literal):
        return get_args(hint)
    if hint is bool:
        return (True, False)
    if hint is type(None):
        return (None,)
    return None


def same_literal(one: Any, other: Any) -> bool:
    """Whether two values are the same literal: 1 and True are not."""
    return type(one) is type(other) and bool(one == other)
