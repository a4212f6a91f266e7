"""A diagnostic as people read it: the message, the source lines it is about, and the remedy."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterator
from pathlib import Path

from rich.cells import cell_len
from rich.text import Text

from zruntime.diagnostics import Diagnostic, Place

WIDTH = 120
"""Characters of a source line that are shown at most."""

_COLOURS = {"error": "bold red", "warning": "bold yellow"}
_NOTE = "bold blue"
_HELP = "bold cyan"


def as_text(diagnostic: Diagnostic, width: int = WIDTH) -> Iterator[Text]:
    """The lines that tell a diagnostic.

    Args:
        diagnostic: What to tell.
        width: Columns that a source line and its mark may take, with the line's number.
    """
    colour = _COLOURS[diagnostic.severity]
    where = f"{position(diagnostic.place)}: " if diagnostic.place else ""
    label = (diagnostic.severity, colour)
    yield Text.assemble(where, label, f" {diagnostic.code}: {diagnostic.message}")
    places = filter(None, (diagnostic.place, *(item.place for item in diagnostic.related)))
    gutter = max((len(str(place.line)) for place in places), default=0)
    room = max(20, min(WIDTH, width - gutter - 5))
    if diagnostic.place:
        yield from _excerpt(diagnostic.place, colour, gutter, room)
    for item in diagnostic.related:
        yield Text.assemble("  ", ("note", _NOTE), f": {item.message}: {position(item.place)}")
        yield from _excerpt(item.place, _NOTE, gutter, room)
    for line in diagnostic.details.splitlines():
        yield Text(f"  {line}".rstrip(), style="dim")
    if diagnostic.advice:
        yield Text.assemble("  ", ("help", _HELP), f": {diagnostic.advice}")


def position(place: Place) -> str:
    """A place as `file:line:column`, which editors and terminals make a link, on one line."""
    file = "".join(map(_printable, relative_path(place.file)))
    return f"{file}:{place.line}:{place.column}"


def relative_path(file: str) -> str:
    """A path relative to the working folder if it lies below that."""
    path = Path(file)
    if not path.is_absolute():
        return file
    try:
        return path.relative_to(Path(os.getcwd())).as_posix()  # noqa: PTH109
    except (ValueError, FileNotFoundError):
        return file


def _printable(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]


def _excerpt(place: Place, colour: str, gutter: int, room: int) -> Iterator[Text]:
    """The source line with a mark below it; nothing if the line cannot be read."""
    line = linecache.getline(place.file, place.line).rstrip("\r\n")
    if not line.strip():
        return
    text = line.expandtabs(1)
    start = min(place.column - 1, len(text))
    end = place.end_column - 1 if place.end_column else len(text.rstrip())
    text, start, end = _cut(text, start, max(end, start + 1), room)
    text = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    before, marked = cell_len(text[:start]), max(1, cell_len(text[start:end]))
    yield Text.assemble((f"  {place.line:>{gutter}} |", "dim"), f" {text}")
    mark = "^" + "~" * (marked - 1)
    yield Text.assemble((f"  {' ' * gutter} |", "dim"), " " * (before + 1), (mark, colour))


def _cut(text: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """The part of a long line around its mark."""
    first = max(0, start - room // 2) if len(text) > room else 0
    shown = text[first : first + room]
    if first and start - first > 3:
        shown = f"...{shown[3:]}"
    if first + room < len(text) and end - first < room - 3:
        shown = f"{shown[:-3]}..."
    return shown, start - first, max(start + 1, min(end, first + len(shown))) - first
