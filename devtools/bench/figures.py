"""What a benchmark measured, and the page that tells of it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"

_HEADER = """\
{intro} Rows without a goal are for
information.

Measured on {cores} cores with Python {python} and Airflow {airflow}.

| figure | goal | measured | how |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure.

    Attributes:
        name: What was measured.
        value: The measurement, in `unit`.
        unit: "s", "ms", "µs", "KB", "MB", "steps", or "x" for a ratio.
        how: How it was measured, and what a ratio is made of.
        goal: What `value` is to be at most, or None where it is for information.
        at_least: Whether the goal is what `value` is to be at least.
    """

    name: str
    value: float
    unit: str
    how: str
    goal: float | None = None
    at_least: bool = False

    @property
    def missed(self) -> bool:
        """Whether there is a goal and it was not met."""
        if self.goal is None:
            return False
        return self.value < self.goal if self.at_least else self.value > self.goal

    def row(self) -> str:
        """The figure as a row of a Markdown table."""
        goal = (
            ""
            if self.goal is None
            else f"{'≥' if self.at_least else '≤'} {self.goal:g} {self._sign}"
        )
        measured = f"{self.value:.3g} {self._sign}"
        if self.goal is not None:
            measured = f"**{measured}**" + (" (missed)" if self.missed else "")
        return f"| {self.name} | {goal} | {measured} | {self.how} |"

    @property
    def _sign(self) -> str:
        return "\N{MULTIPLICATION SIGN}" if self.unit == "x" else self.unit


def page(figures: Iterable[Figure], intro: str) -> str:
    """The Markdown page of figures, which begins with an introduction."""
    header = _HEADER.format(
        intro=intro,
        cores=os.cpu_count(),
        python=platform.python_version(),
        airflow=version("apache-airflow"),
    )
    return header + "\n".join(figure.row() for figure in figures) + "\n"


def run_child(
    module: str, *arguments: object, folder: Path, env: Mapping[str, str] | None = None
) -> Any:
    """Measures in a fresh process, and returns the JSON that it prints last.

    Args:
        module: The module of this package to run.
        arguments: What its command line is given.
        folder: Where it keeps what it writes: its Airflow and its store.
        env: Further environment.

    Raises:
        subprocess.CalledProcessError: if it fails; what it printed is shown then.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"devtools.bench.{module}", *map(str, arguments)],
        env={**child_environment(folder), **(env or {})},
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def seconds(action: Callable[[], object]) -> float:
    """Seconds that an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def child_environment(folder: Path) -> dict[str, str]:
    """This process's environment, with an Airflow and a store of its own in a folder.

    Python keeps its bytecode, as it does unless it is told not to.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW_", "ZCOMPILE_")) and name != "PYTHONDONTWRITEBYTECODE"
    }
    own = {"AIRFLOW_HOME": str(folder / "airflow"), "ZCOMPILE_STORE": str(folder / "store")}
    return {**kept, **own}
