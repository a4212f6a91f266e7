"""Columns for people: folded to a terminal's width, and one line a row where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rich.table import Table

COLOURS = {
    "cached": "green",
    "completed": "blue",
    "failed": "red",
    "pending": "cyan",
    "run": "yellow",
    "running": "yellow",
    "skipped": "magenta",
    "waiting": "dim",
}
"""Colours of states."""


def state_text(state: str) -> Text:
    """A state in its colour."""
    return Text(state, style=COLOURS.get(state, ""))


_DIFF_STYLES = {"-": "red", "+": "green", "@": "cyan"}


def diff_text(diff: str) -> Text:
    """A unified diff in its colours."""
    lines = (Text(line, style=_DIFF_STYLES.get(line[:1], "")) for line in diff.split("\n"))
    return Text("\n").join(lines)


def print_rows(
    console: Console, rows: Sequence[Sequence[str | Text]], heads: Sequence[str] = ()
) -> None:
    """Prints rows of equally many cells; the last cell of a row may be long.

    Args:
        console: Where to.
        rows: Their cells, without markup.
        heads: Names of the columns; they are left out where there are no rows.
    """
    if not rows:
        return
    if console.is_terminal:
        console.print(grid(rows, heads), soft_wrap=False)
        return
    # Without rich, which would take 60 ms for a thousand rows.
    plain = [
        [str(cell).replace("\n", " ") for cell in row]
        for row in ((heads, *rows) if heads else rows)
    ]
    widths = [max(map(cell_len, column)) for column in zip(*plain, strict=True)]
    lines = (
        "  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True))
        for row in plain
    )
    click.echo("\n".join(line.rstrip() for line in lines), file=console.file)


def grid(rows: Sequence[Sequence[str | Text]], heads: Sequence[str] = ()) -> Table:
    """Equally long rows in columns, folded to the width they are printed in."""
    # Imported here, as only terminals need it and it takes long to import.
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    for index in range(len(rows[0])):
        table.add_column(overflow="fold", ratio=1 if index == len(rows[0]) - 1 else None)
    if heads:
        table.add_row(*(Text(head, style="bold") for head in heads))
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return table


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def duration(seconds: float) -> str:
    """A duration with its unit: `12 ms`, `3.4 s`, `2 min 5 s` or `3 h 12 min`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(count: float) -> str:
    """A number of bytes with its unit: `512 B`, `1.2 KB`, `3.4 GB`."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def moment(seconds: float) -> str:
    """A Unix time as local date and time, to the second."""
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S")


def counted(count: int, noun: str) -> str:
    """A number of things: `1 artifact`, `2 artifacts`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
