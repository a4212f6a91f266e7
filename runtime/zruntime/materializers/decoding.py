"""Reads back the JSON that `zruntime.materializers.encoding` writes."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import enum
import json
import types
import uuid
import zoneinfo
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from zruntime.naming import resolve


def load(data: bytes) -> Any:
    """The value that `encoding.dump` wrote.

    Raises:
        ValueError, KeyError, TypeError: if `data` is something else.
        MaterializerError: if a class cannot be imported.
    """
    return _decode(json.loads(data))


def slot_names(kind: type) -> list[str]:
    """Names of the attributes that instances of a class keep in slots."""
    members = (item for base in kind.__mro__ for item in vars(base).items())
    return [name for name, member in members if isinstance(member, types.MemberDescriptorType)]


def _decode(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_decode(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if "~" in tree:
        return _DECODERS[tree["~"]](tree["v"])
    return {key: _decode(item) for key, item in tree.items()}


def _to_datetime(content: Any) -> dt.datetime:
    text, fold, zone = content
    return dt.datetime.fromisoformat(text).replace(fold=fold, tzinfo=_to_zone(zone))


def _to_time(content: Any) -> dt.time:
    text, fold, zone = content
    return dt.time.fromisoformat(text).replace(fold=fold, tzinfo=_to_zone(zone))


def _to_zone(content: Any) -> dt.tzinfo | None:
    if content is None:
        return None
    if isinstance(content, str):
        return zoneinfo.ZoneInfo(content)
    if isinstance(content, dict):
        from pydantic_core import TzInfo

        return TzInfo(int(dt.timedelta(*content["TzInfo"]).total_seconds()))
    delta, *name = content
    return dt.timezone(dt.timedelta(*delta), *name)


def _to_enum(content: Any) -> Any:
    name, member = content
    return _class(name, enum.Enum)[member]


def _to_model(content: Any) -> Any:
    from pydantic import BaseModel

    name, tree = content
    kind: Any = _class(name, BaseModel)
    state = _decode(tree)
    _check_fields(name, kind.model_fields, state["__dict__"])
    model = kind.__new__(kind)
    model.__setstate__(state)
    return model


def _to_dataclass(content: Any) -> Any:
    name, tree = content
    kind = _class(name, object)
    attributes = _decode(tree)
    _check_fields(name, [field.name for field in dataclasses.fields(kind)], attributes)
    value = object.__new__(kind)
    for slot in slot_names(kind):
        if slot in attributes:
            object.__setattr__(value, slot, attributes.pop(slot))
    if attributes:
        vars(value).update(attributes)
    return value


def _check_fields(name: str, fields: Iterable[str], attributes: dict[str, Any]) -> None:
    missing = ", ".join(field for field in fields if field not in attributes)
    if missing:
        raise ValueError(f"{name} has fields that the stored value has not: {missing}")


def _class(name: str, base: type) -> Any:
    kind = resolve(name)
    if not (isinstance(kind, type) and issubclass(kind, base)):
        raise TypeError(f"{name} is no subclass of {base.__name__} any more")
    return kind


_DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "int": lambda content: int(content, 16),
    "float": float,
    "complex": lambda content: complex(*map(_decode, content)),
    "str": lambda content: bytes.fromhex(content).decode("utf-8", "surrogatepass"),
    "bytes": lambda content: base64.b64decode(content, validate=True),
    "decimal": Decimal,
    "uuid": lambda content: uuid.UUID(hex=content),
    "date": dt.date.fromisoformat,
    "datetime": _to_datetime,
    "time": _to_time,
    "timedelta": lambda content: dt.timedelta(*content),
    "tuple": lambda content: tuple(map(_decode, content)),
    "set": lambda content: set(map(_decode, content)),
    "frozenset": lambda content: frozenset(map(_decode, content)),
    "dict": lambda content: {_decode(key): _decode(item) for key, item in content},
    "enum": _to_enum,
    "model": _to_model,
    "dataclass": _to_dataclass,
}
