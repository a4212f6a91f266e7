"""Time of cached DAG runs in a real Airflow, beside that of one task that does nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from urllib.parse import quote

from devtools.airflow_client import AirflowClient, AirflowError, seconds
from devtools.airflow_server import AirflowServer
from devtools.bench.figures import Figure
from devtools.bench.projects import NO_OP, compile_to, write_chain

CHAIN = 20
WARM_UP = 3
ROUNDS = 15


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        chain = compile_to(folder / "dags", write_chain(folder / "chain", CHAIN)).stem
        (folder / "dags" / "no_op.py").write_text(NO_OP, encoding="utf-8")
        with AirflowServer(home=folder / "airflow", dags=folder / "dags") as airflow:
            airflow.wait_for_dag(chain)
            airflow.wait_for_dag("no_op")
            first = _duration(airflow, chain)
            times = _in_turns(airflow, [chain, "no_op"])
            _all_cached(airflow, chain)
    return _figures(first, median(times[chain]), median(times["no_op"]))


def _figures(first: float, ours: float, theirs: float) -> list[Figure]:
    return [
        Figure(
            f"Time of a fully cached DAG run of {CHAIN} steps ÷ of one task that does nothing",
            ours / theirs,
            "x",
            f"{ours:.2f} s ÷ {theirs:.2f} s; a chain, and a `@task` on a worker, in the same "
            "Airflow (LocalExecutor, SQLite); from the run's start to its end by the API; "
            f"{ROUNDS} runs each after {WARM_UP}",
            1.5,
        ),
        Figure("The first run of that chain", first, "s", f"all {CHAIN} steps on workers; once"),
    ]


def _in_turns(airflow: AirflowClient, dags: list[str]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {dag: [] for dag in dags}
    for _ in range(WARM_UP + ROUNDS):
        for dag in dags:
            times[dag].append(_duration(airflow, dag))
    return {dag: found[WARM_UP:] for dag, found in times.items()}


def _duration(airflow: AirflowClient, dag: str) -> float:
    """Seconds of a new run of a DAG."""
    run_id = airflow.trigger(dag)
    if airflow.wait_for_run(dag, run_id) != "success":
        states = airflow.task_states(dag, run_id)
        raise AirflowError(f"Run {run_id} of {dag} failed: {states}")
    run = airflow.get(f"dags/{dag}/dagRuns/{quote(run_id, safe='')}")
    return seconds(run["end_date"]) - seconds(run["start_date"])


def _all_cached(airflow: AirflowClient, dag: str) -> None:
    """Makes sure that what was measured was cached."""
    run_id = airflow.get(f"dags/{dag}/dagRuns", order_by="-start_date", limit=1)["dag_runs"][0]
    states = airflow.task_states(dag, run_id["dag_run_id"])
    ran = [task for task, state in states.items() if state != "skipped" and task != "cache_plan"]
    if ran:
        raise AirflowError(f"Steps of {dag} were not cached: {', '.join(ran)}")
