"""How a local run fares: a live table on a terminal, log lines elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from zcompile.cli.reports import Report
from zcompile.cli.tables import duration, grid, state_text
from zruntime.records import StepRecord
from zruntime.running import log, reasons

Listener = Callable[[StepRecord], None]


@contextmanager
def shown_progress(report: Report) -> Iterator[Listener]:
    """A context in which a run is shown; gives what to tell each step's record.

    What steps print appears above the table. For programs, it goes to stderr.
    """
    console = report.out
    if report.form == "json":
        with redirect_stdout(sys.stderr), _logging(report.err, logging.WARNING):
            yield lambda _: None
    elif console.is_terminal and not console.is_dumb_terminal:
        table = StepTable(console)
        live = Live(console=console, get_renderable=table.render, refresh_per_second=8)
        with live, _logging(console, logging.WARNING):
            yield table.update
    else:
        with _logging(console, logging.INFO):
            yield lambda _: None


class StepTable:
    """The steps of a run with their states, as many as fit on the terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps: dict[str, StepRecord] = {}
        self.recent: dict[str, None] = {}

    def update(self, step: StepRecord) -> None:
        """Takes a step's new state."""
        self.steps[step.name] = step
        if step.state != "waiting":
            self.recent.pop(step.name, None)
            self.recent[step.name] = None

    def render(self) -> Table:
        """The steps in their order; where they are too many, those that changed last."""
        room = max(3, self.console.height - 4)
        shown = set(self.steps if len(self.steps) <= room else [*self.recent][-room:])
        rows = [_row(step) for name, step in self.steps.items() if name in shown]
        return grid(rows or [[Text("planning")]])


def _row(step: StepRecord) -> list[Text]:
    seconds = step.duration
    if step.state == "running" and step.started:
        seconds = time.time() - step.started
    took = duration(seconds) if seconds is not None and step.state != "cached" else ""
    told = step.error or step.reason
    return [state_text(step.state), Text(step.name), Text(took), Text(told)]


class _Printed(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        self.console.print(Text(record.getMessage()))


@contextmanager
def _logging(console: Console, level: int) -> Iterator[None]:
    """A context in which the runtime's log goes to a console."""
    handler = _Printed(console)
    former = log.level, reasons.level
    log.addHandler(handler)
    log.setLevel(level)
    reasons.setLevel(level)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(former[0])
        reasons.setLevel(former[1])
