"""Plain Python data as JSON from which exactly the same data can be read back.

JSON's own types stand for themselves. Everything else is an object with the key "~" that names
its kind, and "v" for its content: `(1, b"x")` is
`{"~": "tuple", "v": [1, {"~": "bytes", "v": "eA=="}]}`.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import enum
import json
import math
import sys
import uuid
import zoneinfo
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from zruntime.materializers.decoding import load, slot_names
from zruntime.naming import is_importable, type_name

MAX_DEPTH: Final = 100
"""Containers nested deeper are not taken: reading them back needs a stack frame for each."""

_JSON_INT_BITS: Final = 64
"""Larger integers are written in base 16, which Python reads back at any length."""


class NotPlainError(Exception):
    """A value that this coding cannot give back exactly."""


def is_plain_type(kind: type) -> bool:
    """Whether values of exactly this type can be plain; containers depend on their items."""
    return kind in _ENCODERS or issubclass(kind, enum.Enum)


def dump(value: object) -> tuple[bytes, frozenset[type]]:
    """The canonical JSON of a value, and the classes whose instances it holds.

    Takes None, bool, int, float, complex, str, bytes, Decimal, UUID, members of enums, the types
    of `datetime`, tuples, lists, dicts, sets and frozensets, pydantic models and dataclasses.

    Raises:
        NotPlainError: for anything else, for subclasses, and where the same list, dict, set or
            object is reached twice, which JSON cannot tell.
    """
    encoder = _Encoder()
    data = _text(encoder.encode(value)).encode()
    if encoder.types:
        _check_round_trip(data)
    return data, frozenset(encoder.types)


def _text(tree: object) -> str:
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _check_round_trip(data: bytes) -> None:
    """Instances of users' classes may have methods that get in the way; only trying tells."""
    try:
        again = _text(_Encoder().encode(load(data))).encode()
    except Exception as error:
        raise NotPlainError(str(error)) from error
    if again != data:
        raise NotPlainError("it reads back as another value")


def _tagged(tag: str, content: object) -> dict[str, object]:
    return {"~": tag, "v": content}


class _Encoder:
    def __init__(self) -> None:
        self.types: set[type] = set()
        self._depth = 0
        self._seen: dict[int, object] = {}

    def encode(self, value: Any) -> object:
        handler = _ENCODERS.get(type(value)) or _object_encoder(type(value))
        if handler in _ATOMS:
            return handler(self, value)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotPlainError(f"it is nested more than {MAX_DEPTH} levels deep")
        tree = handler(self, value)
        self._depth -= 1
        return tree

    def enter(self, value: object) -> None:
        if id(value) in self._seen:
            raise NotPlainError("it holds the same object twice")
        self._seen[id(value)] = value

    def name(self, kind: type) -> str:
        if not is_importable(kind):
            raise NotPlainError(f"{type_name(kind)} cannot be imported")
        self.types.add(kind)
        return type_name(kind)


def _object_encoder(kind: type) -> Callable[[_Encoder, Any], object]:
    if issubclass(kind, enum.Enum):
        return _enum
    pydantic = sys.modules.get("pydantic")
    if pydantic is not None and issubclass(kind, pydantic.BaseModel):
        return _model
    if dataclasses.is_dataclass(kind) and kind.__new__ is object.__new__:
        return _dataclass
    raise NotPlainError(f"it holds a {type_name(kind)}")


def _same(encoder: _Encoder, value: object) -> object:
    return value


def _int(encoder: _Encoder, value: int) -> object:
    return value if value.bit_length() < _JSON_INT_BITS else _tagged("int", hex(value))


def _float(encoder: _Encoder, value: float) -> object:
    return value if math.isfinite(value) else _tagged("float", repr(value))


def _complex(encoder: _Encoder, value: complex) -> object:
    return _tagged("complex", [_float(encoder, value.real), _float(encoder, value.imag)])


def _str(encoder: _Encoder, value: str) -> object:
    if _has_surrogate(value):
        return _tagged("str", value.encode("utf-8", "surrogatepass").hex())
    return value


def _has_surrogate(text: str) -> bool:
    """Whether `text` holds lone surrogates, which UTF-8 has not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _bytes(encoder: _Encoder, value: bytes) -> object:
    return _tagged("bytes", base64.b64encode(value).decode())


def _decimal(encoder: _Encoder, value: Decimal) -> object:
    return _tagged("decimal", str(value))


def _uuid(encoder: _Encoder, value: uuid.UUID) -> object:
    return _tagged("uuid", value.hex)


def _date(encoder: _Encoder, value: dt.date) -> object:
    return _tagged("date", value.isoformat())


def _datetime(encoder: _Encoder, value: dt.datetime | dt.time) -> object:
    tag = "time" if type(value) is dt.time else "datetime"
    naive = value.replace(tzinfo=None).isoformat()
    return _tagged(tag, [naive, value.fold, _zone(value.tzinfo)])


def _zone(zone: dt.tzinfo | None) -> object:
    if zone is None:
        return None
    if type(zone) is zoneinfo.ZoneInfo and zone.key is not None:
        return zone.key
    if type(zone) is dt.timezone:
        delta, *name = zone.__getinitargs__()  # type: ignore[attr-defined]
        return [_delta(delta), *name]
    if type_name(type(zone)) == "pydantic_core._pydantic_core:TzInfo":
        return {"TzInfo": _delta(zone.utcoffset(None) or dt.timedelta())}
    raise NotPlainError(f"it holds a {type_name(type(zone))}")


def _delta(value: dt.timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


def _timedelta(encoder: _Encoder, value: dt.timedelta) -> object:
    return _tagged("timedelta", _delta(value))


def _list(encoder: _Encoder, value: list[Any]) -> object:
    encoder.enter(value)
    return [encoder.encode(item) for item in value]


def _tuple(encoder: _Encoder, value: tuple[Any, ...]) -> object:
    return _tagged("tuple", [encoder.encode(item) for item in value])


def _set(encoder: _Encoder, value: set[Any]) -> object:
    encoder.enter(value)
    return _tagged("set", _sorted(encoder, value))


def _frozenset(encoder: _Encoder, value: frozenset[Any]) -> object:
    return _tagged("frozenset", _sorted(encoder, value))


def _sorted(encoder: _Encoder, items: Iterable[Any]) -> list[object]:
    return sorted((encoder.encode(item) for item in items), key=_text)


def _dict(encoder: _Encoder, value: dict[Any, Any]) -> object:
    encoder.enter(value)
    if all(type(key) is str and key != "~" and not _has_surrogate(key) for key in value):
        return {key: encoder.encode(item) for key, item in value.items()}
    pairs = [[encoder.encode(key), encoder.encode(item)] for key, item in value.items()]
    return _tagged("dict", pairs)


def _enum(encoder: _Encoder, value: enum.Enum) -> object:
    kind = type(value)
    if kind.__members__.get(value.name) is not value:  # a combination of flags has no member
        raise NotPlainError(f"{value!r} is no member of {type_name(kind)}")
    return _tagged("enum", [encoder.name(kind), value.name])


def _model(encoder: _Encoder, value: Any) -> object:
    encoder.enter(value)
    return _tagged("model", [encoder.name(type(value)), encoder.encode(value.__getstate__())])


def _dataclass(encoder: _Encoder, value: Any) -> object:
    encoder.enter(value)
    name = encoder.name(type(value))
    attributes = dict(getattr(value, "__dict__", {}))
    attributes.update(
        (slot, getattr(value, slot)) for slot in slot_names(type(value)) if hasattr(value, slot)
    )
    return _tagged("dataclass", [name, encoder.encode(attributes)])


_ATOMS: Final[frozenset[Callable[[_Encoder, Any], object]]] = frozenset(
    {_same, _int, _float, _complex, _str, _bytes, _decimal, _uuid, _date, _datetime, _timedelta}
)

_ENCODERS: Final[dict[type, Callable[[_Encoder, Any], object]]] = {
    type(None): _same,
    bool: _same,
    int: _int,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes,
    Decimal: _decimal,
    uuid.UUID: _uuid,
    dt.date: _date,
    dt.datetime: _datetime,
    dt.time: _datetime,
    dt.timedelta: _timedelta,
    list: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
}
