"""Values as JSON holds them: in DAG files, in the trigger form and in keys."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, TypeAdapter
from pydantic_core import PydanticSerializationError

from zcompile.hints import describe, type_of
from zruntime.secrets import address_in, holds_reference, parse_address, reference_text


class InexactError(ValueError):
    """JSON cannot hold a value, or gives another one back; says why."""


class LiteralSecretError(InexactError):
    """A secret is given itself, and not by a reference."""


class MisplacedSecretError(InexactError):
    """A reference to a secret is given where its value would be no secret any more."""


def dumped(adapter: TypeAdapter[Any], value: Any) -> tuple[Any, Any]:
    """What pydantic dumps a value to: with Python's own types, and with those of JSON.

    Raises:
        PydanticSerializationError: if it cannot be dumped.
    """
    try:
        live = adapter.dump_python(value, by_alias=True, round_trip=True, warnings=False)
        plain = adapter.dump_python(
            value, mode="json", by_alias=True, round_trip=True, warnings=False
        )
    except PydanticSerializationError:
        raise
    except (ValueError, RecursionError) as error:  # a value that holds itself, or is too deep
        raise PydanticSerializationError(str(error)) from error
    return live, plain


def settled(live: Any, plain: Any) -> Any:
    """Plain data that is the same in every process: what came from a set is sorted.

    Args:
        live: The value, dumped with Python's own types.
        plain: The value, dumped with those of JSON.

    Raises:
        InexactError: if JSON cannot hold the value, or a secret is given otherwise than by a
            reference in a field for one.
    """
    try:
        same = _sorted_sets(live, plain)
        json.dumps(same, allow_nan=False)
    except InexactError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise InexactError(f"JSON cannot hold it: {error}") from error
    return same


def revived(
    plain: Any, validate: Callable[[Any], Any], dump: Callable[[Any], Any]
) -> tuple[Any, Any]:
    """The value that plain data is read as, and the plain data of that value.

    These differ from the data where a validator changes it; what it makes of its own result has to
    be the same, since a step's parameters are validated again where it runs.

    Raises:
        ValidationError: if the data is not valid.
        InexactError: if each validation gives another value.
    """
    value = validate(plain)
    again = dump(value)
    if repr(again) != repr(plain):
        value = validate(again)
        if repr(dump(value)) != repr(again):
            raise InexactError("each validation makes another value of it")
    return value, again


def check_revived(live: Any, back: Any, hint: Any) -> None:
    """Compares a value with what its plain data was read back as.

    A tuple may come back as a list where its annotation takes both, such as `Sequence[int]`.

    Raises:
        InexactError: if their types differ, on any level.
    """
    found = _difference(live, back, lists_for_tuples=not _takes_anything(hint))
    if found:
        raise InexactError(f"from JSON it comes back as {found}")


def _sorted_sets(live: Any, plain: Any) -> Any:
    if isinstance(live, (SecretStr, SecretBytes)):
        return _reference(live.get_secret_value())
    if holds_reference(live) and isinstance(live, (str, bytes)):
        raise MisplacedSecretError("its value would be readable")
    if isinstance(live, float) and not math.isfinite(live):
        raise InexactError("it is no finite number")
    if isinstance(live, Mapping) and isinstance(plain, dict) and len(live) == len(plain):
        values = zip(live.values(), plain.values(), strict=True)
        return dict(zip(plain, (_sorted_sets(*pair) for pair in values), strict=True))
    if isinstance(live, Collection) and isinstance(plain, list) and len(live) == len(plain):
        items = [_sorted_sets(*pair) for pair in zip(live, plain, strict=True)]
        return sorted(items, key=json.dumps) if isinstance(live, (set, frozenset)) else items
    return plain


def _reference(value: str | bytes) -> str:
    """The text of a reference to a secret."""
    address = address_in(value)
    if address is None or parse_address(address) is None:
        raise LiteralSecretError("it would be readable in the DAG file")
    return reference_text(address)


def _difference(live: Any, back: Any, lists_for_tuples: bool) -> str:
    """What a value has become, or an empty string if it is of the same types."""
    if isinstance(live, tuple) and isinstance(back, list) and lists_for_tuples:
        live = list(live)
    if not _same_type(live, back):
        return f"a {type_of(back)}, which was a {type_of(live)}"
    for one, other in _parts(live, back):
        if found := _difference(one, other, lists_for_tuples):
            return found
    return ""


def _same_type(live: Any, back: Any) -> bool:
    """Whether two values are of one type, numbers and texts of a subclass taken as such."""
    if type(live) is type(back):
        return True
    taken: dict[type, Any] = {int: int, float: (int, float), str: str}
    plain = taken.get(type(back), ())
    return isinstance(live, plain) and not isinstance(live, (bool, Enum))


def _parts(live: Any, back: Any) -> list[tuple[Any, Any]]:
    """The values inside two values of one type, side by side."""
    pair = (live, back)
    if isinstance(live, BaseModel):
        names: Iterable[str] = type(live).model_fields
    elif is_dataclass(live):
        names = [item.name for item in fields(live)]
    elif isinstance(live, Mapping):
        flat = [[part for item in value.items() for part in item] for value in pair]
        return [*zip(*flat, strict=False)]
    elif isinstance(live, (list, tuple)):
        return [*zip(*pair, strict=False)]
    else:
        return []
    missing = object()
    return [(getattr(live, name, missing), getattr(back, name, missing)) for name in names]


def _takes_anything(hint: Any) -> bool:
    """Whether Any, or object, is an annotation or a part of it."""
    return hint in (Any, object) or any(
        _takes_anything(part) for part in get_args(hint) if not isinstance(part, list)
    )


def remedy_for(hint: Any) -> str:
    """How to change an annotation that loses a value's type."""
    if _takes_anything(hint):
        return (
            f"State the type that the value is to have in place of `{describe(hint)}`, use a plain "
            "value, or let a step produce it and pass it as an artifact."
        )
    return "Use a plain value, or let a step produce it and pass it as an artifact."
