"""Columns for people: folded to a terminal's width, and one line a row where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

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


def print_rows(
    console: Console, rows: Sequence[Sequence[str | Text]], heads: Sequence[str] = ()
) -> None:
    """Prints rows of equally many cells; the last cell of a row may be long.

    Args:
        console: Where to.
        rows: Their cells, without markup.
        heads: Names of the columns; they are left out where there are no rows.
    """
    cells = [[Text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    if not cells:
        return
    if heads:
        cells = [[Text(head, style="bold") for head in heads], *cells]
    if console.is_terminal:
        console.print(grid(cells), soft_wrap=False)
        return
    widths = [max(cell_len(cell.plain) for cell in column) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = [_padded(cell, width) for cell, width in zip(row, widths, strict=True)]
        line = Text("  ").join(padded)
        line.rstrip()
        console.print(line)


def grid(cells: Sequence[Sequence[Text]]) -> Table:
    """Equally long rows in columns, folded to the width they are printed in."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for index in range(len(cells[0])):
        table.add_column(overflow="fold", ratio=1 if index == len(cells[0]) - 1 else None)
    for row in cells:
        table.add_row(*row)
    return table


def _padded(cell: Text, width: int) -> Text:
    cell.append(" " * (width - cell_len(cell.plain)))
    return cell


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
