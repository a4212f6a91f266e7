"""Fingerprinting the code of many steps, and planning runs whose steps are all cached."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from devtools.bench.figures import Figure, child_environment, run_child, seconds
from devtools.bench.projects import (
    compiled,
    import_file,
    seconds_of,
    write_chain,
    write_modules,
)

COMMANDS = {10: 9, 1000: 9}
GOALS = {1000: 1.0}
PLANNED = 1000
STEPS, MODULES = 100, 30
ROUNDS = 9


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        files = {count: write_chain(folder / f"project_{count}", count) for count in COMMANDS}
        commands = [_command(folder, count, file) for count, file in files.items()]
        plans = run_child("planning", "plans", files[PLANNED], folder=folder)
        many = write_modules(folder / "many", STEPS, MODULES)
        fingerprints = [run_child("planning", "code", many, folder=folder) for _ in range(ROUNDS)]
    return [
        Figure(
            f"Fingerprinting {STEPS} steps in {MODULES} modules",
            median(fingerprints),
            "s",
            "each step with a helper and a constant of its module, and a helper of another one; "
            f"sources are read and parsed; {ROUNDS} fresh processes",
            0.3,
        ),
        Figure(
            f"Planning {PLANNED:,} cached steps",
            median(plans) * 1e3,
            "ms",
            f"`plan_run` of a chain with an open store: keys and lookups; {len(plans)} times",
            100.0,
        ),
        *commands,
    ]


def _command(folder: Path, count: int, file: Path) -> Figure:
    env = child_environment(folder)
    seconds_of("run", file, env=env)
    return Figure(
        f"The command `zcompile plan` for {count:,} cached steps",
        median(seconds_of("plan", file, env=env) for _ in range(COMMANDS[count])),
        "s",
        f"the whole process, with Python's start and all imports; {COMMANDS[count]} times",
        GOALS.get(count),
    )


def _plans(file: Path) -> list[float]:
    """Seconds of planning a run, several times in one process."""
    from zruntime.planning import Plan, plan_run
    from zruntime.records import Records
    from zruntime.settings import open_store

    instance = getattr(import_file(file), file.stem).instance()
    _, spec, _ = compiled(instance)
    store = open_store()
    records = Records(store)

    def plan() -> Plan:
        return plan_run(spec, store, records.history.explainer(spec.name))

    if len(plan().cached) != len(spec.steps):
        raise RuntimeError("not all steps are cached")
    return [seconds(plan) for _ in range(ROUNDS)]


def _code(file: Path) -> float:
    """Seconds of fingerprinting all steps of a pipeline in this process."""
    from zcompile.config.file import NO_CONFIG
    from zcompile.problems import Problems
    from zcompile.stages.fingerprint import fingerprint_graph
    from zcompile.stages.trace import trace_instance
    from zruntime.fingerprint import Fingerprinter
    from zruntime.project import Project, find_project_root

    instance = import_file(file).many.instance()
    graph = trace_instance(instance, NO_CONFIG, Problems())
    project = Project(find_project_root(file))
    return seconds(lambda: fingerprint_graph(graph, Fingerprinter(project)))


if __name__ == "__main__":
    print(json.dumps({"plans": _plans, "code": _code}[sys.argv[1]](Path(sys.argv[2]))))
