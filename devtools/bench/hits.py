"""Cache hits in a warm process: how long one takes, and that the size of values does not matter."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from devtools.bench.figures import Figure, run_child, seconds
from devtools.bench.projects import compiled, import_file, write_arrays, write_views

CHAIN = 20
ROUNDS = 21
EXECUTIONS = 420
SMALL, LARGE, HUGE = 1_000, 10_000_000, 100_000_000


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        chain = run_child("hits", "chain", write_arrays(folder / "chain", CHAIN), folder=folder)
        sized = run_child("hits", "sized", write_arrays(folder / "sized", 2), folder=folder)
        again = run_child("hits", "again", write_views(folder / "views"), folder=folder)
    return [*_chain_figures(chain), _size_figure(sized), _views_figure(again)]


def _chain_figures(times: dict[str, list[float]]) -> list[Figure]:
    run, large, execute = (
        median(times[name]) / CHAIN * 1e3 for name in ("run", "large", "execute")
    )
    return [
        Figure(
            "A local cache hit of a step",
            run,
            "ms",
            f"`.run()` of a cached chain of {CHAIN} steps with arrays of 1 KB in a warm process "
            f"÷ {CHAIN}: tracing, fingerprints, plan, records and log; {ROUNDS} runs",
            0.3,
        ),
        Figure(
            "The same with arrays of 10 MB ÷ of 1 KB",
            large / run,
            "x",
            f"{large:.3f} ms ÷ {run:.3f} ms; in turns",
            1.2,
        ),
        Figure(
            "A hit in `Executor.execute` alone",
            execute,
            "ms",
            f"`Executor.execute` of each step of the same chain ÷ {CHAIN}; {ROUNDS} times",
        ),
    ]


def _size_figure(times: dict[str, list[float]]) -> Figure:
    small, huge = (median(times[str(size)]) * 1e3 for size in (SMALL, HUGE))
    return Figure(
        "A hit of a step with an input of 100 MB ÷ with one of 1 KB",
        huge / small,
        "x",
        f"{huge:.3f} ms ÷ {small:.3f} ms; `Executor.execute`, in turns, {EXECUTIONS} times",
        1.5,
    )


def _views_figure(executed: int) -> Figure:
    return Figure(
        "Steps that the digits pipeline runs again though nothing changed",
        executed,
        "steps",
        "load, split into views with strides and in another memory order, train; the second run",
        0.0,
    )


def _executing(instance: Any) -> Callable[[], None]:
    """Executes every step of a pipeline instance, as a run does that has planned nothing."""
    from zcompile.running import LiveCode
    from zruntime.execution import Executor
    from zruntime.settings import open_store

    graph, spec, project = compiled(instance)
    executor = Executor(spec, open_store(), LiveCode(graph, project), "bench")

    def execute() -> None:
        for step in spec.steps:
            if executor.execute(step.name, lookup=True).state != "cached":
                raise RuntimeError(f"{step.name} is not cached")

    return execute


def _chain(file: Path) -> dict[str, list[float]]:
    arrays = import_file(file).arrays
    small, large = (arrays.instance(size=size) for size in (SMALL, LARGE))
    actions = {"run": small.run, "large": large.run, "execute": _executing(small)}
    for _ in range(2):
        small.run()
        large.run()
    actions["execute"]()
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(ROUNDS):
        for name, action in actions.items():
            times[name].append(seconds(action))
    return times


def _sized(file: Path) -> dict[str, list[float]]:
    arrays = import_file(file).arrays
    actions = {}
    for size in (SMALL, HUGE):
        instance = arrays.instance(size=size)
        instance.run()
        actions[str(size)] = _executing(instance)
        actions[str(size)]()
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(EXECUTIONS):
        for name, action in actions.items():
            times[name].append(seconds(action) / 2)
    return times


def _again(file: Path) -> int:
    """How many steps of the second run are executed."""
    views = import_file(file).views
    views()
    return sum(step.status != "cached" for step in views().steps)


if __name__ == "__main__":
    measured = {"chain": _chain, "sized": _sized, "again": _again}[sys.argv[1]]
    print(json.dumps(measured(Path(sys.argv[2]))))
