"""``make cluster-bench``: many runs of cached steps on the cluster, beside the same by hand.

Writes the figures into docs/cluster.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.airflow_client import AirflowError
from devtools.bench.figures import ROOT, Figure, page
from devtools.bench.projects import compile_to, write_chain
from devtools.cluster.load import CLIENTS, Load, at_once
from devtools.cluster.server import Cluster

PAGE = ROOT / "docs" / "cluster.md"
STEPS = 10
RUNS, RUNS_BY_HAND = 200, 32
WARM_UP = 4

_INTRO = """\
# Figures of the cluster

Written by `make cluster-bench`, which starts the services of docker-compose.yml without Docker; it
takes a quarter of an hour. Runs of TaskFlow tasks take so long that fewer of them are measured."""

_BY_HAND = """\
from airflow.sdk import dag, task


@dag(schedule=None, max_active_runs={runs})
def by_hand():
    @task
    def step_0(factor=1):
        return factor

    @task
    def step(value, factor):
        return (value * factor + factor) % 1_000_003

    value = step_0()
    for number in range(1, {steps}):
        value = step.override(task_id=f"step_{{number}}")(value, number)


by_hand()
"""


def main() -> None:
    with _cluster() as cluster:
        chain = _chain(cluster)
        (cluster.dags / "by_hand.py").write_text(_BY_HAND.format(runs=RUNS, steps=STEPS))
        cluster.wait_for_dag("by_hand", timeout=120)
        for dag in (chain, "by_hand"):
            _load(cluster, dag, WARM_UP)
        # Half before and half after, so that both sides meet the same noise.
        before = _load(cluster, "by_hand", RUNS_BY_HAND // 2)
        ours = _load(cluster, chain, RUNS)
        by_hand = Load.together(before, _load(cluster, "by_hand", RUNS_BY_HAND // 2))
        _all_cached(cluster, chain)
    figures = _figures(ours, by_hand)
    print("\n".join(figure.row() for figure in figures), flush=True)
    PAGE.write_text(page(figures, _INTRO), encoding="utf-8")
    print(f"Written: {PAGE.relative_to(ROOT)}")


def _figures(ours: Load, by_hand: Load) -> list[Figure]:
    how = (
        f"{ours.told} against {by_hand.told}; {CLIENTS} clients on one cluster; half of those "
        "by hand before the others, half after them"
    )
    return [
        Figure(
            f"Throughput of runs of {STEPS} cached steps ÷ of {STEPS} TaskFlow tasks by hand",
            ours.throughput / by_hand.throughput,
            "x",
            how,
            5.0,
            at_least=True,
        ),
        Figure(
            f"{RUNS} runs of {STEPS} cached steps from {CLIENTS} clients",
            ours.taken,
            "s",
            "from the first one's start in the queue to the last one's end, by the API",
        ),
        Figure(
            f"{RUNS_BY_HAND} runs of {STEPS} TaskFlow tasks from {CLIENTS} clients",
            by_hand.taken,
            "s",
            "the same",
        ),
    ]


@contextmanager
def _cluster() -> Iterator[Cluster]:
    # PostgreSQL's user must be able to enter the folder.
    with tempfile.TemporaryDirectory(prefix="zcompile-cluster-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        (folder / "dags").mkdir()
        with Cluster(folder, folder / "dags") as cluster:
            yield cluster


def _chain(cluster: Cluster) -> str:
    """Compiles the chain, computes its steps, and returns the id of its DAG."""
    project = cluster.folder / "chain"
    file = write_chain(project, STEPS)
    config = project / "config.yaml"
    config.write_text(f"dag: {{max_active_runs: {RUNS}}}\n")
    dag = compile_to(cluster.dags, file, config).stem
    cluster.wait_for_dag(dag, timeout=120)
    Load.of(cluster, dag, [cluster.trigger(dag)])
    return dag


def _load(cluster: Cluster, dag: str, runs: int) -> Load:
    """Of runs of a DAG that are triggered at once."""
    load = Load.of(cluster, dag, at_once(lambda _: cluster.trigger(dag), runs))
    print(f"{dag}: {load.told}", flush=True)
    return load


def _all_cached(cluster: Cluster, dag: str) -> None:
    """Makes sure that what was measured was cached."""
    found = cluster.get(f"dags/{dag}/dagRuns", order_by="-start_date", limit=RUNS // 2)["dag_runs"]
    for run in found[:: RUNS // 10]:
        states = cluster.task_states(dag, run["dag_run_id"])
        ran = {task for task, state in states.items() if state != "skipped"}
        if ran != {"cache_plan"}:
            raise AirflowError(f"Steps of {dag} were not cached: {states}")


if __name__ == "__main__":
    main()
