"""Containers and objects that hold arrays, tables, files or estimators."""

from __future__ import annotations

from functools import partial
from typing import Any, BinaryIO, ClassVar

from zruntime.materializers import decoding, encoding, parts, previews
from zruntime.materializers.atoms import NotPlainError
from zruntime.materializers.base import BaseMaterializer
from zruntime.materializers.pickles import CloudpickleMaterializer
from zruntime.materializers.plain import DataclassMaterializer


class CompositeMaterializer(BaseMaterializer):
    """Plain containers, models and dataclasses some of whose items are no plain data.

    Each of these items is stored by its own materializer, so that arrays are mapped into memory
    and have the same bytes whatever their memory looks like, and paths keep their content.
    """

    FORMAT: ClassVar[str] = "composite/1"

    def __init__(self) -> None:
        self._tree: object = None
        self._parts: list[tuple[Any, BaseMaterializer]] = []
        self._types: frozenset[type] = frozenset()

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """What would be plain but for its items."""
        plain = encoding.is_plain_type(kind) or encoding.is_model(kind)
        return plain or DataclassMaterializer.accepts_type(kind)

    def accepts(self, value: Any) -> bool:
        """Whether all items are plain or have a built-in materializer that is no last resort."""
        found: dict[int, BaseMaterializer] = {}
        try:
            self._tree, items, self._types = encoding.to_tree(value, partial(_takes, found))
        except (NotPlainError, RecursionError):
            return False
        self._parts = [(item, found[id(item)]) for item in items]
        return True

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes the items one after the other and then what holds them."""
        stored = [
            (chosen.format_name(), partial(chosen.save, item)) for item, chosen in self._parts
        ]
        parts.write(file, self.FORMAT, self._tree, stored)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """Reads the value back."""
        from zruntime.materializers.registry import materializer_named

        tree, stored = parts.read(file, self.FORMAT)

        def part(number: int) -> Any:
            name, section = stored[number]
            return materializer_named(name).load(section, None)

        return decoding.from_tree(tree, part)

    def describe(self, value: Any) -> dict[str, Any]:
        """The number of items, and the names, types and shapes of the first ones."""
        return previews.of_items(value, self._described)

    def _described(self, item: Any) -> str:
        chosen = next((chosen for part, chosen in self._parts if part is item), None)
        if chosen is None:
            return str(previews.plain(item))
        facts = {name: fact for name, fact in chosen.describe(item).items() if name != "preview"}
        return ", ".join(f"{name} {fact}" for name, fact in facts.items())

    def local_types(self, value: Any) -> frozenset[type]:
        """Classes of all objects inside."""
        return self._types.union(*(chosen.local_types(item) for item, chosen in self._parts))


def _takes(found: dict[int, BaseMaterializer], value: Any) -> bool:
    """Whether a value can be stored by itself; notes by what."""
    from zruntime.materializers.registry import materializer_for

    if id(value) not in found:
        chosen = materializer_for(value)
        if ":" in chosen.format_name() or type(chosen) is CloudpickleMaterializer:
            return False
        found[id(value)] = chosen
    return True
