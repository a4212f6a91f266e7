"""``make cluster-bench``: many runs of cached steps on the cluster, beside the same by hand.

Writes the figures into docs/cluster.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote

from devtools.airflow_client import AirflowClient, AirflowError, seconds
from devtools.bench.figures import ROOT, Figure, page
from devtools.bench.projects import compile_to, write_chain
from devtools.cluster.server import Cluster

PAGE = ROOT / "docs" / "cluster.md"
STEPS, CLIENTS = 10, 8
RUNS, RUNS_BY_HAND = 200, 32
WARM_UP = 4

_INTRO = """\
# Figures of the cluster

Written by `make cluster-bench`, which starts the services of docker-compose.yml without Docker."""

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


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of runs took that several clients triggered at once.

    Attributes:
        runs: How many.
        taken: Seconds from the first one's start in the queue to the last one's end.
        latencies: Seconds from start in the queue to end, of each run.
    """

    runs: int
    taken: float
    latencies: tuple[float, ...]

    @property
    def throughput(self) -> float:
        """Runs per second."""
        return self.runs / self.taken

    @property
    def told(self) -> str:
        """Throughput and latency in words."""
        slow = quantiles(self.latencies, n=20)[-1]
        return (
            f"{self.throughput:.2f} runs/s ({self.runs} runs in {self.taken:.0f} s; each within "
            f"{median(self.latencies):.1f} s in the median, {slow:.1f} s at the 95th percentile)"
        )


def main() -> None:
    with _cluster() as cluster:
        chain = _chain(cluster)
        (cluster.dags / "by_hand.py").write_text(_BY_HAND.format(runs=RUNS, steps=STEPS))
        cluster.wait_for_dag("by_hand", timeout=120)
        for dag in (chain, "by_hand"):
            loaded(cluster, dag, WARM_UP)
        ours, by_hand = loaded(cluster, chain, RUNS), loaded(cluster, "by_hand", RUNS_BY_HAND)
        print(f"cached: {ours.told}\nby hand: {by_hand.told}", flush=True)
        _all_cached(cluster, chain)
    figures = _figures(ours, by_hand)
    print("\n".join(figure.row() for figure in figures), flush=True)
    PAGE.write_text(page(figures, _INTRO), encoding="utf-8")
    print(f"Written: {PAGE.relative_to(ROOT)}")


def _figures(ours: Load, by_hand: Load) -> list[Figure]:
    how = f"{ours.told} against {by_hand.told}; {CLIENTS} clients, the same cluster, one by one"
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
    _end(cluster, dag, cluster.trigger(dag))
    return dag


def loaded(cluster: Cluster, dag: str, runs: int) -> Load:
    """Triggers runs of a DAG from several clients at once, and waits for their ends.

    Raises:
        AirflowError: if one fails.
    """
    with ThreadPoolExecutor(CLIENTS) as clients:
        started = list(clients.map(lambda _: cluster.trigger(dag), range(runs)))
    ended = [_end(cluster, dag, run_id) for run_id in started]
    times = [(seconds(run["queued_at"]), seconds(run["end_date"])) for run in ended]
    taken = max(end for _, end in times) - min(queued for queued, _ in times)
    return Load(runs, taken, tuple(end - queued for queued, end in times))


def _end(airflow: AirflowClient, dag: str, run_id: str) -> dict[str, Any]:
    if airflow.wait_for_run(dag, run_id, timeout=1800) != "success":
        states = airflow.task_states(dag, run_id)
        raise AirflowError(f"Run {run_id} of {dag} failed: {states}")
    run: dict[str, Any] = airflow.get(f"dags/{dag}/dagRuns/{quote(run_id, safe='')}")
    return run


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
