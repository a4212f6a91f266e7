"""Collecting mistakes, so that an author sees all of them at once and not the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from zruntime.diagnostics import WARNING, Diagnostic
from zruntime.exceptions import ZCompileError, raise_all

MAX_SHOWN = 80
"""Characters of a value that a message shows."""

_NOISE = re.compile(r"<class '([\w.]+)'>| at 0x[0-9a-f]+")


class Problems:
    """The mistakes and warnings found so far."""

    def __init__(self) -> None:
        self.errors: list[ZCompileError] = []
        self.warnings: list[Diagnostic] = []

    def add(self, error: ZCompileError) -> None:
        """Adds an error, and those that were found together with it."""
        found = [*error.all()]
        error.also = ()
        self.errors += found

    def warn(self, warning: Diagnostic) -> None:
        """Adds a warning."""
        assert warning.severity == WARNING
        self.warnings.append(warning)

    def drop(self, kind: type[ZCompileError]) -> None:
        """Forgets the errors of a class."""
        self.errors = [error for error in self.errors if not isinstance(error, kind)]

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """A context whose error, if there is one, is added and ends there."""
        try:
            yield
        except ZCompileError as error:
            self.add(error)

    def raise_all(self) -> None:
        """Raises the errors, if there are any; see `zruntime.exceptions.raise_all`."""
        raise_all(self.errors)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name with the least edit distance, or an empty string if none is near.

    Distance is that of optimal string alignment: insertions, deletions, substitutions and swaps of
    neighbours count one each. Near is what differs in less than half of the longer name.
    """
    from rapidfuzz import process  # only where a mistake is told
    from rapidfuzz.distance import OSA

    found = process.extractOne(
        name, sorted(known), scorer=OSA.normalized_similarity, score_cutoff=0.51
    )
    return str(found[0]) if found else ""


def shown(value: Any) -> str:
    """A value for a message: on one line, without addresses, cut where it is long."""
    try:
        text = repr(value)
    except Exception:  # a user's own method may raise anything
        return f"a {type(value).__name__}"
    if not isinstance(value, (str, bytes)):
        text = _NOISE.sub(lambda match: match[1] or "", text)
        text = " ".join(text.split())
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def counted(number: int, noun: str) -> str:
    """A number of things: "1 step", "2 steps"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Iterable[str]) -> str:
    """Names in backquotes, or "none"."""
    return ", ".join(f"`{name}`" for name in names) or "none"
