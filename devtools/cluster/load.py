"""What many runs take that several clients trigger at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from statistics import median, quantiles
from typing import Any, TypeVar
from urllib.parse import quote

from devtools.airflow_client import AirflowClient, AirflowError, seconds

CLIENTS = 8
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of runs took.

    Attributes:
        taken: Seconds from the first one's start in the queue to the last one's end.
        latencies: Seconds from start in the queue to end, of each run.
    """

    taken: float
    latencies: tuple[float, ...]

    @classmethod
    def of(cls, airflow: AirflowClient, dag: str, run_ids: Iterable[str]) -> Load:
        """Of runs that have been triggered; waits for their ends.

        Raises:
            AirflowError: if one fails, or does not end within half an hour.
        """
        ended = [_end(airflow, dag, run_id) for run_id in run_ids]
        times = [(seconds(run["queued_at"]), seconds(run["end_date"])) for run in ended]
        taken = max(end for _, end in times) - min(queued for queued, _ in times)
        return cls(taken, tuple(end - queued for queued, end in times))

    @classmethod
    def together(cls, *loads: Load) -> Load:
        """Of loads that followed each other, with pauses that do not count."""
        latencies = tuple(chain.from_iterable(load.latencies for load in loads))
        return cls(sum(load.taken for load in loads), latencies)

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return len(self.latencies)

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


def at_once(trigger: Callable[[int], R], runs: int) -> list[R]:
    """What triggering so many runs gives, by number, from several clients."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(trigger, range(runs)))


def _end(airflow: AirflowClient, dag: str, run_id: str) -> dict[str, Any]:
    if airflow.wait_for_run(dag, run_id, timeout=1800) != "success":
        states = airflow.task_states(dag, run_id)
        raise AirflowError(f"Run {run_id} of {dag} failed: {states}")
    run: dict[str, Any] = airflow.get(f"dags/{dag}/dagRuns/{quote(run_id, safe='')}")
    return run
