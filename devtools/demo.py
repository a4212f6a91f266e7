"""``make demo``: the digits pipeline, compiled and run three times in a real Airflow.

With ``--once`` it ends after the runs, with exit code 0 if the steps fared as expected. Otherwise
Airflow stays up until Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from devtools.airflow_client import AirflowError
from devtools.airflow_server import AirflowServer
from zruntime.records import Records, RunRecord
from zruntime.store import LocalStore

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".airflow"
DAGS = ROOT / "dags"
DAG_ID = "first_pipeline"
EXAMPLE = Path("examples", "digits")
COLOURS = {"completed": "#22577A", "cached": "#BFD7B5", "running": "#FFB100", "failed": "#AD5D4E"}
AIRFLOW_STATES = {"completed": "success", "cached": "skipped", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Run:
    """A run to make, and the states that its steps may end in."""

    title: str
    expected: Mapping[str, Sequence[str]]
    conf: Mapping[str, Any] = field(default_factory=dict)


RUNS = (
    # An earlier demo may have left the result of step_1.
    Run("Run 1", {"step_1": ["completed", "cached"], "step_2": ["completed"]}),
    Run("Run 2: again", {"step_1": ["cached"], "step_2": ["completed"]}),
    Run(
        "Run 3: enable_cache = false",
        {"step_1": ["completed"], "step_2": ["completed"]},
        conf={"enable_cache": False},
    ),
)


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the runs")
    once = parser.parse_args(arguments).once
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(highlight=False)
    try:
        return _demo(console, once)
    except (AirflowError, DemoError) as error:
        console.print(Text(str(error), style="red"))
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _demo(console: Console, once: bool) -> int:
    _compile(console)
    console.print("Starting Airflow …")
    airflow = AirflowServer(home=HOME, dags=DAGS)
    with airflow:
        since = time.time()
        console.print(f"Airflow is at {airflow.url}")
        airflow.wait_for_dag(DAG_ID, newer_than=since)
        problems = [problem for run in RUNS for problem in _run(console, airflow, run)]
        for problem in problems:
            console.print(Text(problem, style="red"))
        if not once:
            console.print(f"Airflow stays up at {airflow.url}; Ctrl-C ends it.")
            with suppress(KeyboardInterrupt):
                airflow.wait()
    return 1 if problems else 0


def _compile(console: Console) -> None:
    command = [str(EXAMPLE / "pipeline.py"), "-c", str(EXAMPLE / "config.yaml"), "-o", "dags/"]
    console.print(f"$ zcompile {' '.join(command)}")
    zcompile = Path(sys.executable).with_name("zcompile")
    if subprocess.run([zcompile, *command], cwd=ROOT).returncode != 0:
        raise DemoError("The example does not compile; see above.")


def _run(console: Console, airflow: AirflowServer, run: Run) -> list[str]:
    """Make one run, show it, and return what was not as expected."""
    run_id = airflow.trigger(DAG_ID, conf=run.conf)
    state = airflow.wait_for_run(DAG_ID, run_id)
    record = Records(LocalStore(HOME / "zcompile")).run_of_dag(DAG_ID, run_id)
    if record is None:
        raise DemoError(
            f"{run.title} ended as {state} and left no record: {_page(airflow, run_id)}"
        )
    console.print(_table(run.title, record))
    console.print(f"{_page(airflow, run_id)}\n", soft_wrap=True)
    return _problems(run, record, airflow.task_states(DAG_ID, run_id))


def _page(airflow: AirflowServer, run_id: str) -> str:
    return airflow.run_url(DAG_ID, run_id)


def _table(title: str, record: RunRecord) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("step", "state", "duration", "reason"):
        table.add_column(heading, justify="right" if heading == "duration" else "left")
    for step in record.steps:
        duration = "" if step.duration is None else f"{step.duration:.3f} s"
        state = Text(step.state, style=COLOURS.get(step.state, ""))
        table.add_row(step.name, state, duration, Text(step.error or step.reason))
    return table


def _problems(run: Run, record: RunRecord, tasks: Mapping[str, str | None]) -> list[str]:
    states = {step.name: step.state for step in record.steps}
    found = []
    for step, expected in run.expected.items():
        state = states.get(step, "absent")
        if state not in expected:
            found.append(f"{run.title}: {step} is {state}, expected {' or '.join(expected)}.")
        elif tasks.get(step) != AIRFLOW_STATES[state]:
            found.append(f"{run.title}: {step} is {state}, but {tasks.get(step)} in Airflow.")
    return found


if __name__ == "__main__":
    sys.exit(main())
