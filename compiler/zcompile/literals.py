"""Python literals of checked values, laid out as a formatter would."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from msgspec import Struct

WIDTH = 100
"""Length of a line of generated code, in characters."""

_STEP = 4


class Code(str):
    """An expression that the compiler wrote itself, to be rendered as it is."""

    __slots__ = ()


class Call(Struct, frozen=True):
    """A call as a value: a name that the compiler chose, and arguments as `call` takes them."""

    name: str
    arguments: Mapping[str, object]


def literal(value: object, indent: int = 0, prefix: int = 0) -> str:
    """The source of a value.

    Args:
        value: None, bool, finite int and float, str, datetime with time zone, timedelta, `Code`,
            `Call`, or lists, tuples and dicts of them.
        indent: Column at which the statement's lines start.
        prefix: Characters before the value on its first line, beyond the indent, and after it.

    Raises:
        TypeError: for a value of any other type, which must not enter a DAG file.
    """
    if isinstance(value, Call):
        return call(value.name, value.arguments, indent, prefix)
    flat = _flat(value)
    if indent + prefix + len(flat) <= WIDTH:
        return flat
    if isinstance(value, str) and not isinstance(value, Code):
        return _long_string(value, indent)
    if isinstance(value, Mapping):
        inner = indent + _STEP
        items = [
            f"{_flat(key)}: {literal(item, inner, len(_flat(key)) + 3)}"
            for key, item in value.items()
        ]
        return _block("{", items, "}", indent)
    if isinstance(value, (list, tuple)):
        brackets = "[]" if isinstance(value, list) else "()"
        items = [literal(item, indent + _STEP, 1) for item in value]
        return _block(brackets[0], items, brackets[1], indent)
    return flat


def call(name: str, arguments: Mapping[str, object], indent: int = 0, prefix: int = 0) -> Code:
    """The source of a call; an argument whose name is a number is positional."""
    flat = _flat_call(name, arguments)
    if indent + prefix + len(flat) <= WIDTH:
        return Code(flat)
    items = [
        f"{_keyword(key)}{literal(item, indent + _STEP, len(_keyword(key)) + 1)}"
        for key, item in arguments.items()
    ]
    return Code(name + _block("(", items, ")", indent))


def _flat_call(name: str, arguments: Mapping[str, object]) -> str:
    inner = ", ".join(f"{_keyword(key)}{_flat(item)}" for key, item in arguments.items())
    return f"{name}({inner})"


def _keyword(name: str) -> str:
    return "" if name.isdigit() else f"{name}="


def _block(opening: str, items: list[str], closing: str, indent: int) -> str:
    margin = " " * (indent + _STEP)
    lines = "".join(f"{margin}{item},\n" for item in items)
    return f"{opening}\n{lines}{' ' * indent}{closing}"


def _long_string(value: str, indent: int) -> str:
    """A string as several literals: one for each line, and more for a long line, cut at spaces."""
    margin = " " * (indent + _STEP)
    room = WIDTH - len(margin)
    lines = [value] if len(_quoted(value)) <= room else re.findall(r"[^\n]*\n|[^\n]+", value)
    pieces = [piece for line in lines for piece in _pieces(line, room)]
    if pieces == [value]:
        return _quoted(value)
    return "(\n" + "".join(f"{margin}{_quoted(piece)}\n" for piece in pieces) + " " * indent + ")"


def _pieces(line: str, room: int) -> Iterator[str]:
    """Parts of a line whose literals have at most `room` characters, where spaces allow it."""
    piece = ""
    for word in re.findall(r"[^ ]* +|[^ ]+", line):
        if piece and len(_quoted(piece + word)) > room:
            yield piece
            piece = ""
        piece += word
    yield piece


def _flat(value: object) -> str:
    kind = type(value)
    if value is None or kind is bool or kind is int:
        return repr(value)
    if isinstance(value, float) and kind is float:
        if not math.isfinite(value):
            raise TypeError(f"{value!r} has no literal")
        return repr(value)
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, Call):
        return _flat_call(value.name, value.arguments)
    if isinstance(value, str) and kind is str:
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flat(k)}: {_flat(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_flat, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, datetime):
        return _moment(value)
    raise TypeError(f"a {kind.__module__}.{kind.__qualname__} has no literal")


def _moment(value: datetime) -> str:
    """A datetime: in the zone that it names, or else in UTC."""
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    shown = value if zone else value.astimezone(timezone.utc)
    numbers = [*shown.timetuple()[:6], *([shown.microsecond] if shown.microsecond else [])]
    while len(numbers) > 3 and not numbers[-1]:
        numbers.pop()
    fold = ", fold=1" if zone and shown.fold else ""
    source = f"ZoneInfo({_quoted(zone)})" if zone else "timezone.utc"
    return f"datetime({', '.join(map(str, numbers))}{fold}, tzinfo={source})"


def _duration(value: timedelta) -> str:
    """A timedelta in the largest unit in which it is a whole number."""
    for unit in ("days", "hours", "minutes"):
        count, rest = divmod(value, timedelta(**{unit: 1}))
        if count and not rest:
            return f"timedelta({unit}={count})"
    seconds = value.total_seconds()
    return f"timedelta(seconds={int(seconds) if seconds.is_integer() else seconds})"


def _quoted(value: str) -> str:
    """A string literal in the quotes that need less escaping, double ones if both need the same."""
    # With both kinds of quotes in a string, repr puts it in single ones and escapes those.
    single = repr("\"'" + value)[4:-1]
    if value.count('"') > value.count("'"):
        return f"'{single}'"
    plain = re.sub(r"\\(.)", lambda found: "'" if found[1] == "'" else found[0], single)
    return '"' + plain.replace('"', '\\"') + '"'
