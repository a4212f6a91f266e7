"""Time of the answers that the pages of a running Airflow wait for."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.parse import quote

import httpx

from devtools.airflow_server import AirflowServer
from devtools.bench.figures import Figure, seconds
from devtools.bench.projects import NO_OP
from zruntime.execution import StepResult
from zruntime.keys import NO_REASON, Reason
from zruntime.planning import Plan, StepPlan
from zruntime.records import Records
from zruntime.spec import OutputRef, PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, LocalStore, Producer

GOALS = {20: 30.0, 500: 150.0}
"""Milliseconds by numbers of steps."""

WARM_UP = 5
ROUNDS = 31


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        (folder / "dags").mkdir()
        (folder / "dags" / "no_op.py").write_text(NO_OP, encoding="utf-8")
        with AirflowServer(home=folder / "airflow", dags=folder / "dags") as airflow:
            airflow.wait_for_dag("no_op")
            token = airflow.fetch("GET", "/auth/token")["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=airflow.url, headers=headers, trust_env=False) as client:
                return [
                    figure
                    for count, goal in GOALS.items()
                    for figure in _figures(client, _recorded(airflow, count), count, goal)
                ]


def _figures(client: httpx.Client, path: str, count: int, goal: float) -> list[Figure]:
    first = client.get(path).raise_for_status()
    known = {"If-None-Match": first.headers["ETag"]}
    sizes = {}

    def ask(status: int, headers: dict[str, str]) -> None:
        answer = client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        sizes[status] = len(answer.content)

    times: dict[int, list[float]] = {200: [], 304: []}
    for _ in range(WARM_UP + ROUNDS):
        for status, headers in ((200, {}), (304, known)):
            times[status].append(1000 * seconds(lambda: ask(status, headers)))  # noqa: B023
    whole, again = (median(found[WARM_UP:]) for found in times.values())
    return [
        Figure(
            f"The lineage of a run of {count} steps from the API",
            whole,
            "ms",
            f"{sizes[200] / 1000:.0f} KB, the one request of the page; a live Airflow on SQLite, "
            f"half of the steps cached; {ROUNDS} times on one connection",
            goal,
        ),
        Figure(
            "The same asked again while nothing changed",
            again,
            "ms",
            f"status 304, {sizes[304]} bytes; what a poll of a running page costs",
            goal,
        ),
    ]


def _recorded(airflow: AirflowServer, count: int) -> str:
    """The API's address of a run of so many steps, each taking the results of two others."""
    run_id = f"manual__{count}"
    spec = PipelineSpec(f"pages_{count}", tuple(_step(index) for index in range(count)))
    cached = spec.steps[::2]
    plans = {step.name: StepPlan(step.name, "run", Reason("first run")) for step in spec.steps}
    plans |= {step.name: _cached(step, spec.name) for step in cached}
    with LocalStore(airflow.home / "zcompile") as store:
        records = Records(store)
        run = records.start(spec, Plan(plans), run_id, dag_id="no_op")
        for step in spec.steps[1::2]:
            result = StepResult(
                state="completed",
                key=step.name.encode().hex().ljust(64, "0"),
                parts=_parts(step),
                outputs=_outputs(),
                producer=Producer(spec.name, run_id, step.name),
                started=time.time(),
                duration=2.0,
            )
            records.step_ended(run, step, result, NO_REASON)
    return f"/zcompile/api/dags/no_op/runs/{quote(run_id, safe='')}"


def _step(index: int) -> StepSpec:
    before = [index - 1, index - 2]
    return StepSpec(
        name=f"step_{index}",
        function="work",
        entrypoint="pipeline:work",
        code="c" * 64,
        code_parts={f"function `work_{part}` in pipeline.py": "d" * 64 for part in range(5)},
        parameters={"gamma": 0.01, "kind": "rbf", "columns": ["a", "b", "c"]},
        inputs={f"x{at}": OutputRef(f"step_{at}", "output") for at in before if at >= 0},
        outputs={"output": "numpy:ndarray"},
    )


def _outputs() -> dict[str, ArtifactRef]:
    preview = {"kind": "array", "min": 0.0, "max": 1.0, "mean": 0.5, "histogram": [7] * 20}
    metadata = {"shape": [1437, 64], "dtype": "float64", "preview": preview}
    return {"output": ArtifactRef("a" * 64, 735_872, "numpy:ndarray", "numpy/1", metadata=metadata)}


def _parts(step: StepSpec) -> dict[str, object]:
    """What a key is made of, as it is recorded."""
    return {
        "code": step.code,
        "code_parts": dict(step.code_parts),
        "packages": {"python": "3.11", "numpy": "2.4.0", "scikit-learn": "1.8.0"},
        "parameters": dict(step.parameters),
        "inputs": dict.fromkeys(step.inputs, "e" * 64),
        "outputs": dict(step.outputs),
    }


def _cached(step: StepSpec, pipeline: str) -> StepPlan:
    return StepPlan(
        step.name,
        "cached",
        key="b" * 64,
        parts=_parts(step),
        outputs=_outputs(),
        producer=Producer(pipeline, "before", step.name),
        saved=2.0,
    )
