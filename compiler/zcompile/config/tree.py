"""A YAML document as a tree in which every key and every value knows its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from zruntime.diagnostics import Place


class Leaf(Struct, frozen=True):
    """A scalar.

    Attributes:
        value: What it stands for.
        place: Where it is written; None for a value that is left empty.
        variables: The environment variables that it was taken from.
        broken: Whether a mistake in it was told, so that it has no value.
    """

    value: Any
    place: Place | None
    variables: tuple[str, ...] = ()
    broken: bool = False


class Row(Struct, frozen=True):
    """A sequence."""

    items: tuple[Tree, ...]
    place: Place


class Entry(Struct, frozen=True):
    """A key of a mapping, by its place, and its value."""

    place: Place
    value: Tree


class Branch(Struct, frozen=True):
    """A mapping."""

    entries: Mapping[str, Entry]
    place: Place


Tree = Leaf | Row | Branch


def plain(tree: Tree) -> Any:
    """The document as dicts, lists and scalars."""
    if isinstance(tree, Branch):
        return {key: plain(entry.value) for key, entry in tree.entries.items()}
    if isinstance(tree, Row):
        return [plain(item) for item in tree.items]
    return tree.value


def merged(base: Branch, own: Branch) -> Branch:
    """A mapping over another one: mappings are merged, every other value replaces the base's."""
    entries = dict(base.entries)
    for key, entry in own.entries.items():
        below = entries.get(key)
        both = (below.value, entry.value) if below else ()
        if len(both) == 2 and isinstance(both[0], Branch) and isinstance(both[1], Branch):
            entries[key] = Entry(entry.place, merged(both[0], both[1]))
        else:
            entries[key] = entry
    return Branch(entries, own.place)


class Found(Struct, frozen=True):
    """The deepest of nested keys that a document holds.

    Attributes:
        key: Where it is written; None for the document itself.
        node: Its value.
        complete: Whether all of the keys are there.
    """

    key: Place | None
    node: Tree
    complete: bool = field(default=True)

    @property
    def value_place(self) -> Place | None:
        """Where the value is written; the place of the key for one of several lines."""
        if isinstance(self.node, Leaf) and self.complete:
            return self.node.place or self.key
        return self.key


def find(tree: Tree, keys: Iterable[str]) -> Found:
    """The deepest of nested keys, or indices of sequences, that the document holds."""
    found = Found(None, tree)
    for name in keys:
        node = found.node
        if isinstance(node, Branch) and name in node.entries:
            entry = node.entries[name]
            found = Found(entry.place, entry.value)
        elif isinstance(node, Row) and name.isdecimal() and int(name) < len(node.items):
            item = node.items[int(name)]
            found = Found(item.place or found.key, item)
        else:
            return Found(found.key, node, complete=False)
    return found
