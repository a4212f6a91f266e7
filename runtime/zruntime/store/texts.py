"""What the rows of a store are kept as: texts by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

R = TypeVar("R")


class Texts(Protocol):
    """Texts by name."""

    def read(self, name: str) -> str | None:
        """The text of a row, or None."""

    def write(self, name: str, text: str) -> None:
        """Writes a row."""

    def update(self, name: str, change: Callable[[str | None], str | None]) -> None:
        """Replaces a row's text by what `change` makes of it, or keeps it for None; atomic."""

    def remove(self, name: str) -> None:
        """Removes a row if it is there."""

    def items(self, prefix: str) -> list[tuple[str, str]]:
        """Names and texts of the rows whose names start with `prefix`, in order of the names."""


class TransactedTexts(Texts, Protocol):
    """What `Index` does on disk."""

    def transact(self, action: Callable[[Texts], R]) -> R:
        """What `action` returns, whose writes are done all at once, or not at all if it raises."""
