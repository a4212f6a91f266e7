"""zcompile beside other tools that cache the results of functions, all on the same chain."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from devtools.bench.figures import ROOT, child_environment
from devtools.bench.workloads import CHAIN, EDITS, HELPERS, OURS, PEERS, Tool, write_workload

LOCK = Path(__file__).with_name("peers.lock")
ENVIRONMENT = ROOT / ".bench"
SMALL, LARGE = 1_000, 10_000_000
"""Bytes of each array."""

PROCESSES = 5
ENOUGH = 10.0
"""Seconds after which no further fresh process is measured."""

PATIENCE = 300.0
"""Seconds after which a tool is left out."""

_HEADER = f"""\
## Beside other tools

The same chain of {CHAIN} steps for each tool, all in one run, each with its usual cache on the
local disk; every step calls a helper of another module, which uses a constant. Times are medians of
runs in which no step is executed. "Fresh" is a new process, from its imports to the end of its run;
in brackets, the run alone. "Edited" tells what the next run gives after an edit that changes the
results.

| tool | hit, 1 KB | hit, 10 MB | fresh, {CHAIN} steps | helper edited | constant edited |
|---|---|---|---|---|---|
"""


def measure() -> str:
    """The Markdown of the comparison; tools that do not install or run are named below it."""
    rows, left_out = [_row("zcompile", OURS, sys.executable)], []
    for distribution, tool in PEERS.items():
        try:
            label = f"{tool.name} {_version(distribution)}"
            rows.append(_row(label, tool, _peers_python()))
        except subprocess.SubprocessError as error:
            left_out.append(f"\n{tool.name} is left out: {error}\n")
    return _HEADER + "\n".join(rows) + "\n" + "".join(left_out)


def _row(label: str, tool: Tool, python: str) -> str:
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        trial = _Trial(tool, python, Path(scratch))
        small, large = trial.run("warm", SMALL, LARGE)
        whole, run = trial.fresh()
        outcomes = [trial.after(edit) for edit in EDITS.values()]
    hits = [f"{seconds / CHAIN * 1e3:.3g} ms" for seconds in (small, large)]
    cells = [label, *hits, f"{whole:.3g} s ({run * 1e3:.0f} ms)", *outcomes]
    return f"| {' | '.join(cells)} |"


class _Trial:
    """A tool's chain in a folder of its own, with an empty cache."""

    def __init__(self, tool: Tool, python: str, scratch: Path) -> None:
        folder = scratch / "cache"
        folder.mkdir()
        own = {name: text.format(cache=folder) for name, text in tool.environment.items()}
        places = {"BENCH_CACHE": str(folder), "BENCH_EXECUTED": str(scratch / "executed")}
        self._env = {**child_environment(scratch), **own, **places}
        self._main = write_workload(tool, scratch / "project")
        self._python = python

    def run(self, *arguments: object) -> Any:
        """What the measuring script prints.

        Raises:
            subprocess.SubprocessError: if it fails or takes too long.
        """
        done = subprocess.run(
            [self._python, str(self._main), *map(str, arguments)],
            cwd=self._main.parent,
            env=self._env,
            text=True,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise subprocess.SubprocessError(done.stderr.strip().rpartition("\n")[2])
        return json.loads(done.stdout.splitlines()[-1])

    def fresh(self) -> tuple[float, float]:
        """Seconds that a fresh process takes for its imports and its run, and for its run alone."""
        times: list[dict[str, float]] = []
        began = time.monotonic()
        while not times or (len(times) < PROCESSES and time.monotonic() - began < ENOUGH):
            times.append(self.run("first", SMALL))
        return median(each["all"] for each in times), median(each["run"] for each in times)

    def after(self, edit: tuple[str, str]) -> str:
        """What the next run gives after an edit of the helpers' module."""
        edited = HELPERS.replace(*edit)
        (self._main.parent / "helpers.py").write_text(edited, encoding="utf-8")
        return "right" if self.run("value", SMALL) == _truth(edited) else "**stale**"


def _truth(helpers: str) -> float:
    """The last element of the chain's result, with these helpers."""
    names: dict[str, Any] = {}
    exec(helpers, names)
    value = float(SMALL // 8 - 1)
    for number in range(1, CHAIN):
        value = names["scaled"](value) + number
    return value


def _version(distribution: str) -> str:
    code = f"from importlib.metadata import version; print(version({distribution!r}))"
    command = [_peers_python(), "-c", code]
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout.strip()


@cache
def _peers_python() -> str:
    """The interpreter of an environment with the other tools, which Airflow's pins exclude.

    Raises:
        subprocess.CalledProcessError: if they do not install.
    """
    python = str(ENVIRONMENT / "bin" / "python")
    uv = str(Path(sys.executable).with_name("uv"))
    make = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(ENVIRONMENT)]
    fill = [uv, "pip", "sync", "--quiet", "--compile-bytecode", "--python", python, str(LOCK)]
    for command in (make, fill):
        subprocess.run(command, check=True, cwd=ROOT)
    return python
