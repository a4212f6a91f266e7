"""Whether a value is of an annotation's type; the counterpart of `fits` at run time."""

from __future__ import annotations

import collections.abc as abc
from typing import Any, NewType, get_args

from typing_extensions import is_protocol, is_typeddict

from zcompile.hints.arrays import array_conforms, dtype_conforms, is_array, is_dtype
from zcompile.hints.fitting import fits
from zcompile.hints.structure import (
    fields_of,
    is_named_tuple,
    is_union,
    item_of,
    literals_of,
    normal,
    parts,
    protocol_members,
    same_literal,
    seen_as,
    tuple_items,
    typed_dict_keys,
    value_of,
)

_STANDS_FOR = {float: (int, float), complex: (int, float, complex)}
"""Classes whose instances are taken for those of a class."""


def conforms(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotation's type, with all items of its containers.

    A value that conforms to what a producer declares conforms to what a consumer of a fitting type
    declares. Iterators are not consumed, and what cannot be resolved is taken.
    """
    hint = normal(hint)
    if hint is Any or hint is object:
        return True
    if is_union(hint):
        return any(conforms(value, option) for option in get_args(hint))
    if isinstance(hint, NewType):
        return conforms(value, hint.__supertype__)
    if (literals := literals_of(hint)) is not None:
        return any(same_literal(value, literal) for literal in literals)
    cls, arguments = parts(hint)
    if not isinstance(cls, type):
        return _bearable(value, hint)
    if is_typeddict(cls):
        return _typed_dict_conforms(value, cls)
    if is_protocol(cls):
        return _protocol_conforms(value, cls)
    if not isinstance(value, _STANDS_FOR.get(cls, cls)):
        return False
    if is_named_tuple(cls):
        return _tuple_conforms(value, hint)
    return arguments is None or _arguments_conform(value, hint, cls)


def _arguments_conform(value: Any, hint: Any, cls: Any) -> bool:
    """Whether what is inside a value of a class fits the arguments of its annotation."""
    if cls is tuple:
        return _tuple_conforms(value, hint)
    if cls is type:
        return fits(type[value], hint)
    if cls is abc.Callable:
        return True
    if is_array(cls):
        return array_conforms(value, hint)
    if is_dtype(cls):
        return dtype_conforms(value, hint)
    if isinstance(value, abc.Mapping):
        return _all_conform(value, item_of(hint)) and (
            not issubclass(cls, abc.Mapping) or _all_conform(value.values(), value_of(hint))
        )
    if isinstance(value, (str, bytes, bytearray, memoryview, range)):
        return fits(item_of(type(value)), item_of(hint))
    if isinstance(value, abc.Collection) and not _all_conform(value, item_of(hint)):
        return False
    return seen_as(type(value), cls) is None or fits(type(value), hint)


def _all_conform(values: abc.Iterable[Any], hint: Any) -> bool:
    hint = normal(hint)
    if hint is Any or hint is object:
        return True
    if _is_plain_class(hint):
        # Most containers hold values of one or two classes; these are found at the speed of C.
        wanted = _STANDS_FOR.get(hint, hint)
        return all(issubclass(cls, wanted) for cls in set(map(type, values)))
    return all(conforms(value, hint) for value in values)


def _is_plain_class(hint: Any) -> bool:
    """Whether being an instance of a class is all that its annotation asks for."""
    return (
        isinstance(hint, type)
        and parts(hint)[1] is None
        and not (is_typeddict(hint) or is_protocol(hint) or is_named_tuple(hint))
    )


def _tuple_conforms(value: Any, hint: Any) -> bool:
    items = tuple_items(hint)
    if items is None:
        return True
    if items[1:] == (...,):
        return _all_conform(value, items[0])
    return len(items) == len(value) and all(map(conforms, value, items))


def _typed_dict_conforms(value: Any, cls: type) -> bool:
    if not isinstance(value, dict) or not typed_dict_keys(cls) <= value.keys():
        return False
    fields = fields_of(cls)
    return all(conforms(item, fields.get(name, Any)) for name, item in value.items())


def _protocol_conforms(value: Any, cls: type) -> bool:
    if not all(hasattr(value, name) for name in protocol_members(cls)):
        return False
    fields = fields_of(cls)
    return all(conforms(getattr(value, name), hint) for name, hint in fields.items())


def _bearable(value: Any, hint: Any) -> bool:
    # Imported here, as few annotations need it and it takes long to import.
    from beartype.door import is_bearable
    from beartype.roar import BeartypeException

    try:
        return is_bearable(value, hint)
    except BeartypeException:
        return True
