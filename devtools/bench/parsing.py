"""Parse time of compiled DAG files, beside that of files of EmptyOperators."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from devtools.bench.figures import Figure, run_child
from devtools.bench.projects import compile_to, write_chain, write_empty

ROUNDS = {10: 41, 100: 41, 1000: 9}
GOALS = {10: 1.5, 100: 1.5, 1000: 1.5}


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        return [_ratio(Path(scratch), count) for count in ROUNDS]


def _ratio(folder: Path, count: int) -> Figure:
    dags = folder / "dags"
    compiled = compile_to(dags, write_chain(folder / f"project_{count}", count))
    empty = write_empty(dags, count)
    times = run_child("parsing", ROUNDS[count], compiled, empty, folder=folder)
    ours, theirs = (median(times[str(file)]) for file in (compiled, empty))
    return Figure(
        f"Parse time of a compiled DAG of {count:,} steps ÷ of {count:,} EmptyOperators",
        ours / theirs,
        "x",
        f"{ours * 1e3:.1f} ms ÷ {theirs * 1e3:.1f} ms; DagBag in a fork for each parse, as in "
        f"the DAG processor; both chains, a parameter a step; {ROUNDS[count]} rounds",
        GOALS[count],
    )


def _seconds_in_fork(file: Path) -> float:
    """Seconds that a fork of this process takes to parse a file."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        # Whatever happens, the child must not go on with what its parent was doing.
        try:
            os.write(writer, str(_seconds(file)).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return float(text)


def _seconds(file: Path) -> float:
    from airflow.dag_processing.dagbag import DagBag

    began = time.perf_counter()
    bag = DagBag(file, bundle_path=file.parent)
    took = time.perf_counter() - began
    if bag.import_errors or not bag.dags:
        raise RuntimeError(f"{file} does not parse: {bag.import_errors}")
    return took


def _main(rounds: str, *names: str) -> None:
    """Parses the files in turns and prints each one's times as JSON, in seconds."""
    from airflow.utils.file import iter_airflow_imports

    files = [Path(name) for name in names]
    for file in files:
        # The DAG processor imports what a file names of Airflow before it forks.
        for module in iter_airflow_imports(str(file)):
            importlib.import_module(module)
    importlib.import_module("airflow.dag_processing.dagbag")
    gc.freeze()  # as the DAG processor does, so that forks do not collect what it has imported
    for file in files:
        _seconds_in_fork(file)
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(int(rounds)):
        for file in files:
            times[str(file)].append(_seconds_in_fork(file))
    print(json.dumps(times))


if __name__ == "__main__":
    _main(*sys.argv[1:])
