"""Compile time beyond importing the user's module, how it grows, and telling many mistakes."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from devtools.bench.figures import Figure, run_child
from devtools.bench.projects import seconds_of, write_chain, write_mistakes

ROUNDS = {10: 9, 100: 7, 1000: 5}
GOALS = {10: 0.3, 1000: 1.5}
GROWTH = 12.0
MISTAKES = 100
MISTAKES_GOAL = 0.5


class Times(NamedTuple):
    """Seconds that a compile took in all, and that importing the module alone takes."""

    compiling: float
    importing: float


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        figures = {count: _figures(folder, count) for count in ROUNDS}
        growth = _growth(figures[100][0], figures[1000][0])
        return [*(each for found in figures.values() for each in found), growth, _mistakes(folder)]


def _figures(folder: Path, count: int) -> list[Figure]:
    file = write_chain(folder / f"project_{count}", count)
    rounds = range(ROUNDS[count])
    measured = [
        Times(*run_child("compiling", file, folder / f"dags_{count}_{n}", folder=folder))
        for n in rounds
    ]
    whole = [seconds_of(file, "-o", folder / f"command_{count}_{n}") for n in rounds]
    return [
        Figure(
            f"Compile time of {count:,} steps beyond importing the module",
            median(times.compiling - times.importing for times in measured),
            "s",
            f"load, all stages and write, less {median(t.importing for t in measured):.3f} s of "
            f"import; each step a function of its own; {len(rounds)} fresh processes",
            GOALS.get(count),
        ),
        Figure(
            f"The command `zcompile` for {count:,} steps",
            median(whole),
            "s",
            f"the whole process, with Python's start and all imports; {len(rounds)} times",
            GOALS[count] if count == max(ROUNDS) else None,
        ),
    ]


def _growth(small: Figure, large: Figure) -> Figure:
    return Figure(
        "Compile time of 1,000 steps ÷ of 100",
        large.value / small.value,
        "x",
        f"{large.value:.3f} s ÷ {small.value:.3f} s, from above",
        GROWTH,
    )


def _mistakes(folder: Path) -> Figure:
    file = write_mistakes(folder / "mistakes", MISTAKES)
    rounds = range(ROUNDS[10])
    return Figure(
        f"Telling {MISTAKES} mistakes",
        median(seconds_of(file, "-o", folder / "none", code=1) for _ in rounds),
        "s",
        "the whole command `zcompile`, each mistake with its source line and the nearest name; "
        f"{len(rounds)} times",
        MISTAKES_GOAL,
    )


def _main(name: str, dags: str) -> None:
    """Compiles a file to a fresh folder, and prints `Times` as JSON."""
    from zcompile.compiling import compile_source, write
    from zcompile.program import Source

    file = Path(name)
    began = time.perf_counter()
    write(compile_source(Source(file, output=Path(dags))))
    compiling = time.perf_counter() - began
    sys.modules.pop(file.stem, None)
    sys.path.insert(0, str(file.parent))
    began = time.perf_counter()
    importlib.import_module(file.stem)
    print(json.dumps(Times(compiling, time.perf_counter() - began)))


if __name__ == "__main__":
    # The module is compiled anew each time, as its author has just edited it.
    sys.dont_write_bytecode = True
    _main(*sys.argv[1:])
