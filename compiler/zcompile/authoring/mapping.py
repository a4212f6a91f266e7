"""Arguments of a mapped step."""

from __future__ import annotations

from typing import Any


class Unmapped:
    """An argument of `step.map(...)` that every instance takes whole."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"unmapped({self.value!r})"


def unmapped(artifact: Any) -> Any:
    """Has every instance of a mapped step take an output whole, and not one item of it each.

    Args:
        artifact: An output of a step, as an argument of `step.map(...)`.
    """
    return Unmapped(artifact)
