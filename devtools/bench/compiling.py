"""Compile time beyond importing the user's module."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from devtools.bench.figures import ROOT, Figure, run_child
from devtools.bench.projects import write_chain

ROUNDS = {10: 9, 1000: 5}
GOALS = {10: 0.3, 1000: 2.0}


class Times(NamedTuple):
    """Seconds that a compile took in all, and that importing the module alone takes."""

    compiling: float
    importing: float


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        return [figure for count in ROUNDS for figure in _figures(Path(scratch), count)]


def _figures(folder: Path, count: int) -> list[Figure]:
    file = write_chain(folder / f"project_{count}", count)
    rounds = range(ROUNDS[count])
    measured = [
        Times(*run_child("compiling", file, folder / f"dags_{count}_{n}", folder=folder))
        for n in rounds
    ]
    whole = [_command(file, folder / f"command_{count}_{n}") for n in rounds]
    return [
        Figure(
            f"Compile time of {count:,} steps beyond importing the module",
            median(times.compiling - times.importing for times in measured),
            "s",
            f"load, all stages and write, less {median(t.importing for t in measured):.3f} s of "
            f"import; each step a function of its own; {len(rounds)} fresh processes",
            GOALS[count],
        ),
        Figure(
            f"The command `zcompile` for {count:,} steps",
            median(whole),
            "s",
            f"the whole process, with Python's start and all imports; {len(rounds)} times",
        ),
    ]


def _command(file: Path, dags: Path) -> float:
    zcompile = Path(sys.executable).with_name("zcompile")
    began = time.perf_counter()
    subprocess.run([zcompile, file, "-o", dags], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _main(name: str, dags: str) -> None:
    """Compiles a file to a fresh folder, and prints `Times` as JSON."""
    from zcompile.program import Source
    from zcompile.stages import compile_source, write

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
