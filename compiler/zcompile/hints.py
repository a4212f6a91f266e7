"""Relations between annotations and values: does it fit, and how is it called."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, get_args, get_origin

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

    Any on either side fits, and so does a producer's `object`: the consumer then meets the value
    as it is.
    """
    produced, consumed = _without_names(produced), _without_names(consumed)
    if Any in (produced, consumed) or produced is object:
        return True
    try:
        return is_subhint(produced, consumed)
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


def _without_names(hint: Any) -> Any:
    """The annotation inside ``Annotated[...]``."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _origins_fit(produced: Any, consumed: Any) -> bool:
    """The relation of the bare classes, for generics that beartype does not know (NDArray)."""
    sides = [get_origin(side) or side for side in (produced, consumed)]
    if all(isinstance(side, type) for side in sides):
        return issubclass(sides[0], sides[1])
    return True
