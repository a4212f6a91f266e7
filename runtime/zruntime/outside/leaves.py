"""Paths among a step's parameters: where they stand in its plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final

from msgspec import Struct

ANY_ITEM: Final = "*"
_NAME: Final = re.compile(r"\{(\w+)\}")


class Leaf(Struct, frozen=True):
    """A path that a parameter holds.

    Attributes:
        name: Where it stands, as `data`, `inputs[0]` or `source.table`.
        kind: What it leads to: "file", "folder" or "any".
        path: The path.
    """

    name: str
    kind: str
    path: str


def pointer(*steps: str) -> str:
    """The JSON pointer (RFC 6901, without the first slash) of these keys."""
    return "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)


def names_in(pattern: str) -> list[str]:
    """The parameters that a pattern of files names in braces, each once, in order."""
    return list(dict.fromkeys(_NAME.findall(pattern)))


def filled(patterns: Iterable[str], parameters: Mapping[str, Any]) -> list[str]:
    """Patterns of files with the values of the parameters that they name in braces.

    Args:
        patterns: Such as `{folder}/*.csv`.
        parameters: Plain JSON data; one that is a list makes a pattern for each of its items.
    """
    found: list[str] = []
    for pattern in patterns:
        names, parts = names_in(pattern), _NAME.split(pattern)
        values = [parameters[name] for name in names]
        lists = [value if isinstance(value, list) else [value] for value in values]
        for chosen in product(*lists):
            texts = dict(zip(names, map(str, chosen), strict=True))
            parts[1::2] = [texts[name] for name in _NAME.findall(pattern)]
            found.append("".join(parts))
    return found


def leaves(parameters: Mapping[str, Any], pointers: Mapping[str, str]) -> Iterator[Leaf]:
    """The paths that parameters hold.

    Args:
        parameters: Plain JSON data.
        pointers: Where paths may stand, and what they lead to; see `StepSpec.file_parameters`.
    """
    found: list[Leaf] = []

    def note(leaf: Leaf) -> str:
        found.append(leaf)
        return leaf.path

    with_leaves(parameters, pointers, note)
    yield from found


def with_leaves(
    parameters: Mapping[str, Any],
    pointers: Mapping[str, str],
    change: Callable[[Leaf], str | None],
) -> dict[str, Any]:
    """Parameters with another value in place of each path that they hold; see `leaves`."""
    changed: Any = dict(parameters)
    for where, kind in pointers.items():
        steps = [step.replace("~1", "/").replace("~0", "~") for step in where.split("/")]
        changed = _replaced(changed, steps, "", kind, change)
    return dict(changed)


def _replaced(
    value: Any, steps: list[str], name: str, kind: str, change: Callable[[Leaf], str | None]
) -> Any:
    if not steps:
        return change(Leaf(name, kind, value)) if isinstance(value, str) else value
    step, rest = steps[0], steps[1:]
    if isinstance(value, Mapping):
        return {
            key: _replaced(item, rest, _inside(name, key), kind, change)
            if step in (key, ANY_ITEM)
            else item
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            _replaced(item, rest, f"{name}[{index}]", kind, change)
            if step in (str(index), ANY_ITEM)
            else item
            for index, item in enumerate(value)
        ]
    return value


def _inside(name: str, key: str) -> str:
    """The name of a part; keys that are no identifiers are quoted, so that no two names agree."""
    if not key.isidentifier():
        return f"{name}[{key!r}]"
    return f"{name}.{key}" if name else key
