"""Diagnostics for people, for programs and for GitHub's annotations."""

from __future__ import annotations

import json
import linecache
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from zcompile.cli.tables import print_rows
from zruntime.diagnostics import ERROR, Diagnostic, Place, Related
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

_COLOURS = {"error": "bold red", "warning": "bold yellow"}


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
        self._diagnostics: list[Diagnostic] = []
        self._results: dict[str, Any] = {}

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
                self.err.print("\n".join(as_text(diagnostic)))
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
            click.echo(json.dumps({"diagnostics": found, **self._results}, indent=2))
        elif self.form == "text" and len(self._diagnostics) > 1:
            self.err.print(_summary(self._diagnostics))
        return 1 if self.failed else 0


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as plain JSON data."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
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
        "file": _path(place.file),
        "line": place.line,
        "column": place.column,
        "end_column": place.end_column,
    }


def as_annotation(diagnostic: Diagnostic) -> str:
    """A workflow command of GitHub Actions, which shows the diagnostic in the changed file."""
    place = diagnostic.place
    properties = {"title": f"zcompile {diagnostic.code}"}
    if place is not None:
        properties |= {"file": _path(place.file), "line": str(place.line)}
        properties["col"] = str(place.column)
        if place.end_column is not None:
            properties["endColumn"] = str(place.end_column)
    shown = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    text = " ".join(filter(None, (diagnostic.message, diagnostic.advice)))
    return f"::{diagnostic.severity} {shown}::{_escaped(text)}"


def _escaped(text: str, special: str = "") -> str:
    return "".join(
        f"%{ord(character):02X}" if character in f"%\r\n{special}" else character
        for character in text
    )


def as_text(diagnostic: Diagnostic) -> Iterable[str]:
    colour = _COLOURS[diagnostic.severity]
    where = f"{escape(_position(diagnostic.place))}: " if diagnostic.place else ""
    label = f"[{colour}]{diagnostic.severity}[/] {diagnostic.code}"
    yield f"{where}{label}: {escape(diagnostic.message)}"
    if diagnostic.place:
        yield from _excerpt(diagnostic.place, colour)
    for related in diagnostic.related:
        yield from _note(related)
    if diagnostic.advice:
        yield f"  [bold cyan]help[/]: {escape(diagnostic.advice)}"


def _note(related: Related) -> Iterable[str]:
    where = escape(_position(related.place))
    yield f"  [bold blue]note[/]: {escape(related.message)}: {where}"
    yield from _excerpt(related.place, "bold blue")


def _excerpt(place: Place, colour: str) -> Iterable[str]:
    """The source line with a mark below it; nothing if the line cannot be read."""
    line = linecache.getline(place.file, place.line).rstrip("\r\n")
    if not line.strip():
        return
    text = line.expandtabs(1)
    start = min(place.column - 1, len(text))
    end = place.end_column - 1 if place.end_column else len(text.rstrip())
    number = str(place.line)
    text, start, end = _cut(text, start, max(end, start + 1))
    text = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    mark = "^" + "~" * (end - start - 1)
    yield f"  [dim]{number} |[/] {escape(text)}"
    yield f"  [dim]{' ' * len(number)} |[/] {' ' * start}[{colour}]{mark}[/]"


_WIDTH = 120
"""Characters of a source line that are shown."""


def _cut(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a long line around its mark."""
    first = max(0, start - _WIDTH // 2) if len(text) > _WIDTH else 0
    shown = text[first : first + _WIDTH]
    return shown, start - first, max(start + 1, min(end, first + len(shown))) - first


def _position(place: Place) -> str:
    return f"{_path(place.file)}:{place.line}:{place.column}"


def _path(file: str) -> str:
    """A path relative to the working folder if it lies below that."""
    path = Path(file)
    if not path.is_absolute():
        return file
    try:
        return path.relative_to(Path(os.getcwd())).as_posix()  # noqa: PTH109
    except (ValueError, FileNotFoundError):
        return file


def _summary(diagnostics: Sequence[Diagnostic]) -> str:
    errors = sum(item.severity == ERROR for item in diagnostics)
    counts = {"error": errors, "warning": len(diagnostics) - errors}
    told = [f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items() if count]
    return ", ".join(told)
