"""Relations between annotations and values: does it fit, and how is it called."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from beartype.door import is_bearable, is_subhint
from beartype.roar import BeartypeException
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

_STRICT = ConfigDict(arbitrary_types_allowed=True, strict=True)


def conforms(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotation's type, with all items of its containers.

    pydantic in strict mode looks at every item; annotations it does not know go to beartype.
    """
    hint = _without_names(hint)
    if hint is Any or isinstance(hint, TypeVar):
        return True
    if isinstance(hint, type) and not get_args(hint):
        return isinstance(value, hint) or (hint is float and type(value) is int)
    if isinstance(value, BaseModel) and isinstance(hint, type):
        return isinstance(value, hint)
    try:
        TypeAdapter(hint, config=_STRICT).validate_python(value)
    except ValidationError:
        return False
    except PydanticUserError:
        return is_bearable(value, hint)
    return True


def fits(produced: Any, consumed: Any) -> bool:
    """Whether a value of one annotation may be passed where another one is declared.

    Any on either side fits, and so does a producer's `object` or bare container: the consumer then
    meets the value as it is. An int fits a float.
    """
    produced, consumed = _without_names(produced), _without_names(consumed)
    if Any in (produced, consumed) or produced is object:
        return True
    if isinstance(produced, type) and not get_args(produced) and get_origin(consumed) is produced:
        return True
    try:
        return is_subhint(produced, _widened(consumed))
    except BeartypeException:
        return _origins_fit(produced, consumed)


def describe(hint: Any) -> str:
    """An annotation as people write it: ``numpy.ndarray``, ``list[int]``."""
    hint = _without_names(hint)
    if hint is None or hint is type(None):
        return "None"
    if isinstance(hint, type) and not get_args(hint):
        prefix = "" if hint.__module__ == "builtins" else f"{hint.__module__}."
        return f"{prefix}{hint.__qualname__}"
    return str(hint).replace("typing.", "")


def type_of(value: Any) -> str:
    """The type of a value as people write it."""
    return "NoneType" if value is None else describe(type(value))


def _without_names(hint: Any) -> Any:
    """The annotation inside ``Annotated[...]``."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _widened(hint: Any) -> Any:
    """The annotation with an int accepted wherever it says float."""
    if hint is float:
        return int | float
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (None, Annotated, Callable, Literal):
        return hint
    inner = tuple(_widened(item) for item in arguments)
    if inner == arguments:
        return hint
    if origin in (Union, UnionType):
        return reduce(or_, inner)
    return origin[inner]


def _origins_fit(produced: Any, consumed: Any) -> bool:
    """The relation of the bare classes, for generics that beartype does not know (NDArray)."""
    sides = [get_origin(side) or side for side in (produced, consumed)]
    if all(isinstance(side, type) for side in sides):
        return issubclass(sides[0], sides[1])
    return True
