"""Diagnostics as values: what is wrong, where, and what to do about it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

ERROR: Final = "error"
WARNING: Final = "warning"

UNFORESEEN: Final = "ZC999"
"""Code of what should never happen: a defect of zcompile's own."""


class Place(Struct, frozen=True):
    """A position in a file that the user wrote.

    Attributes:
        file: Path of the file.
        line: Counts from 1.
        column: Counts characters from 1.
        end_column: Column after the last character meant, on the same line; None if that is not
            known.
    """

    file: str
    line: int
    column: int = 1
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Related(Struct, frozen=True):
    """Another place that a diagnostic is about, and what is there."""

    message: str
    place: Place


class Diagnostic(Struct, frozen=True):
    """A mistake, or something that an author should know.

    Attributes:
        code: Stable code, such as `ZC148`.
        message: What is wrong, naming the step, argument or file concerned.
        remedy: What the user can do about it, as a sentence; may be empty.
        place: Where it is, if that is known.
        suggestion: The nearest name that exists, where a name does not; may be empty.
        related: Other places that it is about.
        severity: `ERROR` or `WARNING`.
        details: More lines for people, such as a traceback; may be empty.
    """

    code: str
    message: str
    remedy: str = ""
    place: Place | None = None
    suggestion: str = ""
    related: tuple[Related, ...] = ()
    severity: str = ERROR
    details: str = ""

    @property
    def advice(self) -> str:
        """The suggestion, if there is one, and the remedy."""
        meant = f"Did you mean `{self.suggestion}`?" if self.suggestion else ""
        return " ".join(filter(None, (meant, self.remedy)))
