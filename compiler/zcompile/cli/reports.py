"""Diagnostics for people, for programs and for GitHub's annotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from json import dumps
from typing import Any

import click
from msgspec.structs import replace
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from zcompile.cli.defects import CURRENT
from zcompile.cli.excerpts import WIDTH, as_text, position, relative_path
from zcompile.cli.tables import print_rows
from zcompile.problems import counted
from zruntime.diagnostics import ERROR, Diagnostic, Place
from zruntime.exceptions import ZCompileError

FORMATS = ("text", "json", "github")

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Form of mistakes and warnings: for people, for programs, or as GitHub annotations.",
)


class Report:
    """Prints what a command found out, in the form that was asked for.

    Results go to stdout and diagnostics to stderr; for programs, both are one JSON document on
    stdout, which `finish` prints.

    Args:
        form: One of `FORMATS`.
        strict: Whether warnings are taken for errors.
    """

    def __init__(self, form: str = "text", *, strict: bool = False) -> None:
        self.form = form
        self.strict = strict
        self.out = Console(highlight=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)
        self._width = self.err.width if self.err.is_terminal else WIDTH
        self._diagnostics: list[Diagnostic] = []
        self._results: dict[str, Any] = {}
        context = click.get_current_context(silent=True)
        if context is not None:
            context.meta[CURRENT] = self

    @property
    def failed(self) -> bool:
        """Whether there was a mistake so far."""
        return any(item.severity == ERROR for item in self._diagnostics)

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Tells mistakes and warnings."""
        for diagnostic in diagnostics:
            if self.strict:
                diagnostic = replace(diagnostic, severity=ERROR)
            self._diagnostics.append(diagnostic)
            if self.form == "text":
                self.err.print(Text("\n").join(as_text(diagnostic, self._width)))
            elif self.form == "github":
                click.echo(as_annotation(diagnostic))

    @contextmanager
    def mistakes(self) -> Iterator[None]:
        """A context whose errors of ours are told, and end there."""
        try:
            yield
        except ZCompileError as error:
            self.diagnostics(item.diagnostic for item in error.all())

    def result(self, name: str, value: Any, text: str = "") -> None:
        """Tells a result: as text, or as a value of the JSON document.

        Args:
            name: Its name in the document; values of one name are put into a list.
            value: Plain JSON data.
            text: What people read; nothing is printed if it is empty.
        """
        self._results.setdefault(name, []).append(value)
        if text:
            self.say(text)

    def fact(self, name: str, value: Any) -> None:
        """Adds a value to the JSON document, for results of which there is one."""
        self._results[name] = value

    def say(self, text: str | Text = "") -> None:
        """Tells people a line of the result, on stdout."""
        if self.form != "json":
            self.out.print(text if isinstance(text, Text) else Text(text))

    def rows(self, rows: Sequence[Sequence[str | Text]], heads: Sequence[str] = ()) -> None:
        """Tells people a part of the result in columns; see `print_rows`."""
        if self.form != "json":
            print_rows(self.out, rows, heads)

    def has(self, name: str) -> bool:
        """Whether a result of that name was told."""
        return name in self._results

    def tell(self, text: str) -> None:
        """Tells people something beside the results, on stderr."""
        if self.form != "json":
            self.err.print(escape(text))

    def finish(self) -> int:
        """Prints the JSON document, if that is the form, and returns the exit code."""
        if self.form == "json":
            found = [as_json(item) for item in self._diagnostics]
            click.echo(dumps({"diagnostics": found, **self._results}, indent=2))
        elif self.form == "text" and self._diagnostics:
            self.err.print(_summary(self._diagnostics))
        return 1 if self.failed else 0


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as plain JSON data."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "details": diagnostic.details or None,
        "remedy": diagnostic.remedy,
        "suggestion": diagnostic.suggestion or None,
        **_place_json(diagnostic.place),
        "related": [
            {"message": item.message, **_place_json(item.place)} for item in diagnostic.related
        ],
    }


def _place_json(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"file": None, "line": None, "column": None, "end_column": None}
    return {
        "file": relative_path(place.file),
        "line": place.line,
        "column": place.column,
        "end_column": place.end_column,
    }


def as_annotation(diagnostic: Diagnostic) -> str:
    """A workflow command of GitHub Actions, which shows the diagnostic in the changed file."""
    place = diagnostic.place
    properties = {"title": f"zcompile {diagnostic.code}"}
    if place is not None:
        properties |= {"file": relative_path(place.file), "line": str(place.line)}
        properties |= {"endLine": str(place.line), "col": str(place.column)}
        if place.end_column is not None:
            properties["endColumn"] = str(place.end_column)
    shown = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    related = (f"{item.message}: {position(item.place)}" for item in diagnostic.related)
    parts = (diagnostic.message, diagnostic.details, *related, diagnostic.advice)
    text = "\n".join(filter(None, parts))
    return f"::{diagnostic.severity} {shown}::{_escaped(text)}"


def _escaped(text: str, special: str = "") -> str:
    return "".join(
        f"%{ord(character):02X}" if character in f"%\r\n{special}" else character
        for character in text
    )


def _summary(diagnostics: Sequence[Diagnostic]) -> str:
    errors = sum(item.severity == ERROR for item in diagnostics)
    counts = {"error": errors, "warning": len(diagnostics) - errors}
    told = [counted(count, name) for name, count in counts.items() if count]
    first = min(diagnostics, key=lambda item: item.severity != ERROR).code
    return f"{', '.join(told)}; for more: zcompile explain {first}"
