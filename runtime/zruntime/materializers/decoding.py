"""Reads back the JSON that `zruntime.materializers.encoding` writes."""

from __future__ import annotations

import base64
import collections
import dataclasses
import datetime as dt
import enum
import json
import pathlib
import types
import uuid
import zoneinfo
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from zruntime.materializers import scalars
from zruntime.naming import resolve

Decode = Callable[[Any], Any]


def load(data: bytes) -> Any:
    """The value that `encoding.dump` wrote.

    Raises:
        ValueError, KeyError, TypeError: if `data` is something else.
        MaterializerError: if a class cannot be imported.
    """
    return from_tree(json.loads(data))


def from_tree(tree: Any, part: Callable[[int], Any] | None = None) -> Any:
    """The value of which `encoding.to_tree` made JSON data; same errors as `load`.

    Args:
        tree: The JSON data.
        part: Gives the values that it refers to by number.
    """

    def decode(tree: Any) -> Any:
        if isinstance(tree, list):
            return [decode(item) for item in tree]
        if not isinstance(tree, dict):
            return tree
        if "~" not in tree:
            return {key: decode(item) for key, item in tree.items()}
        if tree["~"] == "part" and part is not None:
            return part(tree["v"])
        return _DECODERS[tree["~"]](decode, tree["v"])

    return decode(tree)


def slot_names(kind: type) -> list[str]:
    """Names of the attributes that instances of a class keep in slots."""
    members = (item for base in kind.__mro__ for item in vars(base).items())
    return [name for name, member in members if isinstance(member, types.MemberDescriptorType)]


def to_zone(content: Any) -> dt.tzinfo | None:
    """The time zone that `encoding.from_zone` described."""
    if content is None:
        return None
    if isinstance(content, str):
        return zoneinfo.ZoneInfo(content)
    if isinstance(content, dict):
        from pydantic_core import TzInfo

        return TzInfo(int(dt.timedelta(*content["TzInfo"]).total_seconds()))
    delta, *name = content
    return dt.timezone(dt.timedelta(*delta), *name)


def _to_datetime(decode: Decode, content: Any) -> dt.datetime:
    text, fold, zone = content
    return dt.datetime.fromisoformat(text).replace(fold=fold, tzinfo=to_zone(zone))


def _to_time(decode: Decode, content: Any) -> dt.time:
    text, fold, zone = content
    return dt.time.fromisoformat(text).replace(fold=fold, tzinfo=to_zone(zone))


def _to_dict(decode: Decode, content: Any) -> dict[Any, Any]:
    return {decode(key): decode(item) for key, item in content}


def _to_deque(decode: Decode, content: Any) -> collections.deque[Any]:
    items, length = content
    return collections.deque(map(decode, items), length)


def _to_counter(decode: Decode, content: Any) -> collections.Counter[Any]:
    pairs, *attributes = content
    counter: collections.Counter[Any] = collections.Counter()
    dict.update(counter, _to_dict(decode, pairs))  # its own would add to what is there
    vars(counter).update(*map(decode, attributes))
    return counter


def _to_ordered(decode: Decode, content: Any) -> collections.OrderedDict[Any, Any]:
    pairs, *attributes = content
    ordered = collections.OrderedDict(_to_dict(decode, pairs))
    vars(ordered).update(*map(decode, attributes))
    return ordered


def _to_defaultdict(decode: Decode, content: Any) -> collections.defaultdict[Any, Any]:
    factory, items = content
    made = None if factory is None else resolve(factory)
    return collections.defaultdict(made, _to_dict(decode, items))


def _to_namedtuple(decode: Decode, content: Any) -> Any:
    name, tree = content
    kind = _class(name, tuple)
    items = decode(tree)
    if list(items) != list(kind._fields):
        raise ValueError(f"{name} has other fields than the stored value: {', '.join(items)}")
    return tuple.__new__(kind, items.values())


def _to_enum(decode: Decode, content: Any) -> Any:
    name, member = content
    return _class(name, enum.Enum)[member]


def _to_flag(decode: Decode, content: Any) -> Any:
    name, value = content
    return _class(name, enum.Flag)(value)


def _to_model(decode: Decode, content: Any) -> Any:
    from pydantic import BaseModel

    name, tree = content
    kind: Any = _class(name, BaseModel)
    state = decode(tree)
    _check_fields(name, kind.model_fields, state["__dict__"])
    model = kind.__new__(kind)
    model.__setstate__(state)
    return model


def _to_dataclass(decode: Decode, content: Any) -> Any:
    name, tree = content
    kind = _class(name, object)
    attributes = decode(tree)
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


_DECODERS: Final[dict[str, Callable[[Decode, Any], Any]]] = {
    "int": lambda decode, content: int(content, 16),
    "float": lambda decode, content: float(content),
    "complex": lambda decode, content: complex(*map(decode, content)),
    "str": lambda decode, content: bytes.fromhex(content).decode("utf-8", "surrogatepass"),
    "bytes": lambda decode, content: base64.b64decode(content, validate=True),
    "bytearray": lambda decode, content: bytearray(base64.b64decode(content, validate=True)),
    "decimal": lambda decode, content: Decimal(content),
    "fraction": lambda decode, content: Fraction(*(int(part, 16) for part in content)),
    "uuid": lambda decode, content: uuid.UUID(hex=content),
    "date": lambda decode, content: dt.date.fromisoformat(content),
    "datetime": _to_datetime,
    "time": _to_time,
    "timedelta": lambda decode, content: dt.timedelta(*content),
    "zone": lambda decode, content: to_zone(content),
    "range": lambda decode, content: range(*map(decode, content)),
    "slice": lambda decode, content: slice(*map(decode, content)),
    "ellipsis": lambda decode, content: ...,
    "path": lambda decode, content: getattr(pathlib, content[0])(content[1]),
    "tuple": lambda decode, content: tuple(map(decode, content)),
    "set": lambda decode, content: set(map(decode, content)),
    "frozenset": lambda decode, content: frozenset(map(decode, content)),
    "dict": _to_dict,
    "deque": _to_deque,
    "Counter": _to_counter,
    "OrderedDict": _to_ordered,
    "defaultdict": _to_defaultdict,
    "namedtuple": _to_namedtuple,
    "enum": _to_enum,
    "flag": _to_flag,
    "model": _to_model,
    "dataclass": _to_dataclass,
    "numpy": lambda decode, content: scalars.to_numpy(content),
    "pandas": scalars.to_pandas,
}
