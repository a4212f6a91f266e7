"""Plain values without items as JSON data; `encoding` tells the form."""

from __future__ import annotations

import base64
import datetime as dt
import math
import types
import uuid
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from zruntime.naming import type_name

_JSON_INT_BITS: Final = 64
"""Larger integers are written in base 16, which Python reads back at any length."""


class NotPlainError(Exception):
    """A value that this coding cannot give back exactly."""


def tagged(tag: str, content: object) -> dict[str, object]:
    """What stands for a value that JSON has not."""
    return {"~": tag, "v": content}


def _same(value: object) -> object:
    return value


def _int(value: int) -> object:
    return value if value.bit_length() < _JSON_INT_BITS else tagged("int", hex(value))


def _float(value: float) -> object:
    return value if math.isfinite(value) else tagged("float", repr(value))


def _complex(value: complex) -> object:
    return tagged("complex", [_float(value.real), _float(value.imag)])


def _str(value: str) -> object:
    if has_surrogate(value):
        return tagged("str", value.encode("utf-8", "surrogatepass").hex())
    return value


def has_surrogate(text: str) -> bool:
    """Whether `text` holds lone surrogates, which UTF-8 has not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _bytes(value: bytes) -> object:
    return tagged("bytes", base64.b64encode(value).decode())


def _decimal(value: Decimal) -> object:
    return tagged("decimal", str(value))


def _fraction(value: Fraction) -> object:
    return tagged("fraction", [hex(value.numerator), hex(value.denominator)])


def _uuid(value: uuid.UUID) -> object:
    return tagged("uuid", value.hex)


def _date(value: dt.date) -> object:
    return tagged("date", value.isoformat())


def _datetime(value: dt.datetime | dt.time) -> object:
    tag = "time" if type(value) is dt.time else "datetime"
    naive = value.replace(tzinfo=None).isoformat()
    return tagged(tag, [naive, value.fold, _zone(value.tzinfo)])


def _timezone(value: dt.tzinfo) -> object:
    return tagged("zone", _zone(value))


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


def _timedelta(value: dt.timedelta) -> object:
    return tagged("timedelta", _delta(value))


def _range(value: range) -> object:
    return tagged("range", [_int(part) for part in (value.start, value.stop, value.step)])


def _ellipsis(value: types.EllipsisType) -> object:
    return tagged("ellipsis", None)


ATOMS: Final[dict[type, Callable[[Any], object]]] = {
    type(None): _same,
    bool: _same,
    int: _int,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes,
    Decimal: _decimal,
    Fraction: _fraction,
    uuid.UUID: _uuid,
    dt.date: _date,
    dt.datetime: _datetime,
    dt.time: _datetime,
    dt.timedelta: _timedelta,
    dt.timezone: _timezone,
    zoneinfo.ZoneInfo: _timezone,
    range: _range,
    types.EllipsisType: _ellipsis,
}
"""What gives the JSON data of values of exactly each type."""
