"""Two plain values in words, as short as still shows where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final

from zruntime.hashing import encode

WIDTH: Final = 60
"""Characters of a value's text."""

_CONTEXT: Final = 20
"""Characters of two long texts before the first one in which they differ."""

_SEVERAL: Final = 3
"""How many items of a value are told one by one."""


def differ(old: Any, new: Any) -> bool:
    """Whether two plain values differ, or are equal ones of different types (1, 1.0 and True)."""
    return encode(old) != encode(new)


def contrast(name: str, old: Any, new: Any) -> str:
    """What a value was and is, such as ``options.depth 1 -> 2``.

    Args:
        name: The value's name; the items of a value are named after it.
        old: Its former value as plain JSON data, None if there was none.
        new: Its value now, None if there is none.
    """
    items = [*_items(name, old, new)]
    if not 0 < len(items) <= _SEVERAL:
        items = [(name, old, new)]
    return ", ".join(f"{path} {_pair(_text(was), _text(now))}" for path, was, now in items)


def _items(name: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The innermost items in which two values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = [(f"{name}.{key}", old.get(key), new.get(key)) for key in {**old, **new}]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(f"{name}[{at}]", *pair) for at, pair in enumerate(zip(old, new, strict=True))]
    else:
        yield name, old, new
        return
    for path, was, now in pairs:
        if differ(was, now):
            yield from _items(path, was, now)


def _text(value: Any) -> str:
    return "unset" if value is None else repr(value)


def _pair(old: str, new: str) -> str:
    start = 0
    if max(len(old), len(new)) > WIDTH:
        same = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
        start = max(0, sum(1 for _ in same) - _CONTEXT)
    return f"{_cut(old, start)} -> {_cut(new, start)}"


def _cut(text: str, start: int) -> str:
    shown = f"...{text[start:]}" if start else text
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 3]}..."
