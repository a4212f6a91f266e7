"""Which parameters are Airflow templates: strings with Jinja's marks, on any level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

MARKS = ("{{", "{%", "{#")
"""What opens an expression, a statement and a comment; other strings stay as they are."""

_SCALARS: Final = frozenset({type(None), bool, int, float, str})


def is_template(value: Any) -> bool:
    """Whether a value is a string that Airflow renders."""
    return isinstance(value, str) and any(mark in value for mark in MARKS)


def holds_template(value: Any) -> bool:
    """Whether a value is a template, or a container that holds one."""
    return next(templates_in(value), None) is not None


def templates_in(value: Any) -> Iterator[str]:
    """The templates in a value; the keys of mappings are none."""
    waiting, seen = [value], set[int]()
    while waiting:
        item = waiting.pop()
        if is_template(item):
            yield item
        if type(item) in _SCALARS:  # spares asking `Mapping`, which is slow the first time
            continue
        if isinstance(item, (Mapping, list, tuple, set, frozenset)) and id(item) not in seen:
            seen.add(id(item))
            inner = item.values() if isinstance(item, Mapping) else item
            waiting += reversed([*inner])


def with_rendered(value: Any, render: Callable[[str], Any]) -> Any:
    """Plain data with its templates rendered; all other texts stay as they are.

    Jinja would take the newline from the end of any text, and turn all others into its own.
    """
    if isinstance(value, dict):
        return {key: with_rendered(item, render) for key, item in value.items()}
    if isinstance(value, list):
        return [with_rendered(item, render) for item in value]
    return render(value) if is_template(value) else value
