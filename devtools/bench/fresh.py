"""What a fresh process pays: importing zcompile, opening the store, running cached steps."""

from __future__ import annotations

import json
import sys
import tempfile
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median

from devtools.bench.figures import Figure, run_child, seconds
from devtools.bench.projects import import_file, write_arrays

CHAIN = 20
ROUNDS = 15


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        file = write_arrays(folder / "chain", CHAIN)
        run_child("fresh", "run", file, folder=folder)
        runs = [run_child("fresh", "run", file, folder=folder) for _ in range(ROUNDS)]
        imports = [run_child("fresh", "import", folder=folder) for _ in range(ROUNDS)]
    numpy, package, running = (
        median(times[name] for times in imports) for name in ("numpy", "zcompile", "running")
    )
    return [
        Figure(
            f"Opening the store and running {CHAIN} cached steps in a fresh process",
            median(runs) * 1e3,
            "ms",
            "the first `.run()` of a process, after the imports below; arrays of 1 KB; "
            f"{ROUNDS} processes",
            10.0,
        ),
        Figure(
            "Importing numpy and `zcompile`",
            numpy + package,
            "s",
            f"{numpy:.3f} s of it for numpy; {ROUNDS} processes",
            0.2,
        ),
        Figure(
            "What the first run of a process imports beyond that",
            running,
            "s",
            f"`zcompile.running`; {ROUNDS} processes",
        ),
    ]


def _run(file: str) -> float:
    """Seconds of the first run in this process."""
    arrays = import_file(Path(file)).arrays
    import_module("zcompile.running")
    return seconds(arrays)


def _import() -> dict[str, float]:
    """Seconds to import numpy, zcompile, and then what a run needs beyond them."""
    names = {"numpy": "numpy", "zcompile": "zcompile", "running": "zcompile.running"}
    return {label: seconds(partial(import_module, name)) for label, name in names.items()}


if __name__ == "__main__":
    print(json.dumps(_import() if sys.argv[1] == "import" else _run(sys.argv[2])))
