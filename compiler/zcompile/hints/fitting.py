"""Whether what one annotation takes may be passed where another one is declared.

Artifacts are never changed by who reads them, so containers are covariant: a `list[int]` may be
passed as `list[float]`. `beartype.door.is_subhint` has the last word on what is no class. It is not
asked before: it takes containers of other items for equal where it knows nothing of the class
(numpy's arrays, pydantic's generics), reduces a TypedDict to a mapping, refuses protocols that are
not checkable at run time, and does not pass an int as a float.
"""

from __future__ import annotations

import collections.abc as abc
from typing import Any, NewType, NoReturn, get_args

from typing_extensions import is_protocol, is_typeddict

from zcompile.hints.arrays import is_array, is_dtype, scalar_of
from zcompile.hints.structure import (
    fields_of,
    holds_items,
    holds_pairs,
    is_named_tuple,
    is_union,
    item_of,
    literals_of,
    normal,
    parts,
    protocol_members,
    safe_issubclass,
    same_literal,
    seen_as,
    tuple_items,
    typed_dict_keys,
    value_of,
)


def fits(produced: Any, consumed: Any) -> bool:
    """Whether a value of one annotation may be passed where another one is declared.

    Any on either side fits, and so does a producer's `object` or bare container: the consumer then
    meets the value as it is. So does what cannot be resolved. An int fits a float.
    """
    return _Comparison().fits(produced, consumed)


class _Comparison:
    """One question, with the pairs that are being compared: aliases may contain themselves."""

    def __init__(self) -> None:
        self.open: list[tuple[Any, Any]] = []

    def fits(self, produced: Any, consumed: Any) -> bool:
        produced, consumed = normal(produced), normal(consumed)
        if produced is consumed or (produced, consumed) in self.open:
            return True
        if Any in (produced, consumed) or produced in (object, NoReturn) or consumed is object:
            return True
        self.open.append((produced, consumed))
        try:
            return self._compare(produced, consumed)
        finally:
            self.open.pop()

    def _compare(self, produced: Any, consumed: Any) -> bool:
        if is_union(produced):
            return all(self.fits(option, consumed) for option in get_args(produced))
        if (values := literals_of(produced)) is not None:
            return all(self._literal_fits(value, consumed) for value in values)
        if is_union(consumed):
            return any(self.fits(produced, option) for option in get_args(consumed))
        if isinstance(produced, NewType):
            return self.fits(produced.__supertype__, consumed)
        return self._classes_fit(produced, consumed)

    def _literal_fits(self, value: Any, consumed: Any) -> bool:
        consumed = normal(consumed)
        if is_union(consumed):
            return any(self._literal_fits(value, option) for option in get_args(consumed))
        if (values := literals_of(consumed)) is not None:
            return any(same_literal(value, literal) for literal in values)
        return consumed in (Any, object) or self._classes_fit(type(value), consumed)

    def _classes_fit(self, produced: Any, consumed: Any) -> bool:
        if isinstance(consumed, NewType) or literals_of(consumed) is not None:
            return False
        cls, base = parts(produced)[0], parts(consumed)[0]
        if not isinstance(cls, type) or not isinstance(base, type):
            return _beartype_fits(produced, consumed)
        if is_typeddict(base):
            return self._typed_dict_fits(produced, consumed)
        if is_protocol(base):
            return self._protocol_fits(cls, base)
        known = dict if is_typeddict(cls) else cls
        return _is_class_of(known, base) and self._arguments_fit(produced, consumed)

    def _arguments_fit(self, produced: Any, consumed: Any) -> bool:
        """Whether the arguments fit, where the classes do."""
        base, wanted = parts(consumed)
        if base is tuple or is_named_tuple(base):
            return self._tuple_fits(produced, consumed)
        if not wanted or base is abc.Callable:
            return True
        if holds_pairs(base) and not self._values_fit(produced, wanted[1]):
            return False
        if holds_items(base) or holds_pairs(base):
            return self.fits(item_of(produced), wanted[0])
        if base is type:
            return self._class_fits(produced, wanted[0])
        if is_dtype(base):
            return self._scalar_fits(produced, wanted[0])
        given = seen_as(produced, base) or ()
        pairs = list(zip(given, wanted, strict=False))
        if is_array(base) and pairs:
            return self._shape_fits(*pairs[0]) and all(self.fits(*pair) for pair in pairs[1:])
        return all(self.fits(*pair) for pair in pairs if not isinstance(pair[0], (list, tuple)))

    def _values_fit(self, produced: Any, wanted: Any) -> bool:
        if is_typeddict(parts(produced)[0]):
            return normal(wanted) in (Any, object)  # It may hold more keys than it names.
        return self.fits(value_of(produced), wanted)

    def _tuple_fits(self, produced: Any, consumed: Any) -> bool:
        given, wanted = tuple_items(produced), tuple_items(consumed)
        if given is None or wanted is None:
            return True
        if wanted[1:] == (...,):
            return all(self.fits(item, wanted[0]) for item in given if item is not ...)
        if given[1:] == (...,) or len(given) != len(wanted):
            return False
        return all(map(self.fits, given, wanted))

    def _class_fits(self, produced: Any, wanted: Any) -> bool:
        given = (parts(produced)[1] or (Any,))[0] if parts(produced)[0] is type else Any
        given, wanted = normal(given), normal(wanted)
        if is_union(given):
            return all(self._class_fits(type[option], wanted) for option in get_args(given))
        if is_union(wanted):
            return any(self._class_fits(produced, option) for option in get_args(wanted))
        if not isinstance(given, type) or not isinstance(wanted, type):
            return self.fits(given, wanted)
        return safe_issubclass(given, wanted)

    def _scalar_fits(self, produced: Any, wanted: Any) -> bool:
        given = normal((parts(produced)[1] or (Any,))[0])
        options = get_args(normal(wanted)) if is_union(normal(wanted)) else (normal(wanted),)
        if given is Any or Any in options:
            return True
        given_options = get_args(given) if is_union(given) else (given,)
        return all(
            any(_is_scalar_of(scalar_of(one), scalar_of(other)) for other in options)
            for one in given_options
        )

    def _shape_fits(self, produced: Any, consumed: Any) -> bool:
        """Whether arrays of one shape may have another one; one without lengths is any."""
        shapes = [normal(shape) for shape in (produced, consumed)]
        given, wanted = (tuple_items(s) if parts(s)[0] is tuple else None for s in shapes)
        if given is None or wanted is None or ... in given or ... in wanted:
            return True
        return self._tuple_fits(*shapes)

    def _typed_dict_fits(self, produced: Any, consumed: Any) -> bool:
        cls, arguments = parts(produced)
        base = parts(consumed)[0]
        if not is_typeddict(cls):
            # A mapping of anything is taken as it is, as a bare one is.
            is_open = arguments is None or normal(value_of(produced)) in (Any, object)
            return safe_issubclass(cls, abc.Mapping) and is_open
        given, wanted = fields_of(cls), fields_of(base)
        return typed_dict_keys(base) <= typed_dict_keys(cls) and all(
            name in given and self.fits(given[name], wanted[name]) for name in wanted
        )

    def _protocol_fits(self, cls: type, base: type) -> bool:
        """Whether a class has what a protocol asks for; attributes may come with its instances."""
        if safe_issubclass(cls, base):
            return True
        known, asked = fields_of(cls), fields_of(base)
        for name in protocol_members(base):
            if name in known and name in asked:
                if not self.fits(known[name], asked[name]):
                    return False
            elif name not in known and not hasattr(cls, name) and hasattr(base, name):
                return False
        return True


def _is_class_of(cls: type, base: type) -> bool:
    """Whether instances of a class are instances of another one, or stand for them."""
    if safe_issubclass(cls, base):
        return True
    return (base is float and issubclass(cls, int)) or (
        base is complex and issubclass(cls, (int, float))
    )


def _is_scalar_of(cls: Any, base: Any) -> bool:
    known = isinstance(cls, type) and isinstance(base, type)
    return not known or issubclass(cls, base)


def _beartype_fits(produced: Any, consumed: Any) -> bool:
    # Imported here, as few annotations need it and it takes long to import.
    from beartype.door import is_subhint
    from beartype.roar import BeartypeException

    try:
        return is_subhint(produced, consumed)
    except BeartypeException:
        return True
