"""Local cache hits: how long one takes, and that its inputs' size does not matter."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from devtools.bench.figures import Figure, run_child
from devtools.bench.projects import write_chain

CHAIN = 20
ROUNDS = 21
SIZES = (1_000, 100_000_000)

_SIZED = '''\
"""A step with an input of a given size."""

from zcompile import pipeline, step


@step
def make(size: int) -> bytes:
    return bytes(size)


@step
def measure(data: bytes) -> int:
    return len(data)


@pipeline
def sized(size: int = 0):
    measure(make(size))
'''


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        chain = run_child("hits", "chain", write_chain(folder / "chain", CHAIN), folder=folder)
        (folder / "sized.py").write_text(_SIZED, encoding="utf-8")
        sized = run_child("hits", "sized", folder / "sized.py", folder=folder)
    return [*_chain_figures(chain), _size_figure(sized)]


def _chain_figures(times: dict[str, list[float]]) -> list[Figure]:
    run, execute = (median(times[name]) / CHAIN * 1e3 for name in ("run", "execute"))
    return [
        Figure(
            "A local cache hit of a step with small inputs",
            run,
            "ms",
            f"`.run()` of a cached chain of {CHAIN} steps in a warm process ÷ {CHAIN}: tracing, "
            f"fingerprints, plan, records and log; {ROUNDS} runs",
            1.0,
        ),
        Figure(
            "A hit in `Executor.execute` alone",
            execute,
            "ms",
            f"`Executor.execute` of each step of the same chain ÷ {CHAIN}; {ROUNDS} times",
        ),
    ]


def _size_figure(times: dict[str, list[float]]) -> Figure:
    small, large = (median(times[str(size)]) * 1e3 for size in SIZES)
    return Figure(
        "A hit of a step with an input of 100 MB ÷ with one of 1 KB",
        large / small,
        "x",
        f"{large:.3f} ms ÷ {small:.3f} ms; `Executor.execute`, in turns, {ROUNDS * CHAIN} times",
        1.5,
    )


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _import(file: Path) -> Any:
    sys.path.insert(0, str(file.parent))
    return importlib.import_module(file.stem)


def _executing(instance: Any) -> Callable[[], None]:
    """Executes every step of a pipeline instance, as a run does that has planned nothing."""
    from zcompile.config import NO_CONFIG
    from zcompile.problems import Problems
    from zcompile.running import LiveCode
    from zcompile.stages.configure import configure_graph
    from zcompile.stages.fingerprint import fingerprint_graph
    from zcompile.stages.lower import lower_graph
    from zcompile.stages.trace import trace_instance
    from zruntime.execution import Executor
    from zruntime.fingerprint import Fingerprinter
    from zruntime.project import Project, find_project_root
    from zruntime.settings import open_store

    project = Project(find_project_root(instance.pipeline.file))
    problems = Problems()
    graph = trace_instance(instance, NO_CONFIG, problems)
    graph = configure_graph(graph, NO_CONFIG, problems)
    spec = lower_graph(graph, fingerprint_graph(graph, Fingerprinter(project)), project)
    executor = Executor(spec, open_store(), LiveCode(graph, project), "bench")

    def execute() -> None:
        for step in spec.steps:
            if executor.execute(step.name, lookup=True).state != "cached":
                raise RuntimeError(f"{step.name} is not cached")

    return execute


def _chain(file: Path) -> dict[str, list[float]]:
    module = _import(file)
    instance = getattr(module, file.stem).instance()
    instance.run()
    instance.run()
    execute = _executing(instance)
    execute()
    run, executing = [], []
    for _ in range(ROUNDS):
        run.append(_seconds(instance.run))
        executing.append(_seconds(execute))
    return {"run": run, "execute": executing}


def _sized(file: Path) -> dict[str, list[float]]:
    module = _import(file)
    actions = {}
    for size in SIZES:
        instance = module.sized.instance(size=size)
        instance.run()
        actions[str(size)] = _executing(instance)
        actions[str(size)]()
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(ROUNDS * CHAIN):
        for name, action in actions.items():
            times[name].append(_seconds(action) / 2)
    return times


if __name__ == "__main__":
    measured = {"chain": _chain, "sized": _sized}[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps(measured))
