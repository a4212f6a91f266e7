"""A user's project beside a running Airflow: edited, compiled into its DAG folder, and run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from devtools.airflow_server import AirflowServer

from zruntime.records import Records, RunRecord
from zruntime.store import LocalStore

PIPELINES = Path(__file__).with_name("pipelines")
DIGITS = Path(__file__).parents[2] / "examples" / "digits"
ZCOMPILE = Path(sys.executable).with_name("zcompile")


@dataclass(frozen=True, slots=True)
class Run:
    """A DAG run that has ended."""

    airflow: AirflowServer
    store: Path
    dag_id: str
    run_id: str
    state: str

    @property
    def tasks(self) -> dict[str, str | None]:
        """Airflow's state of each step's task."""
        states = self.airflow.task_states(self.dag_id, self.run_id)
        return {task: state for task, state in states.items() if task != "cache_plan"}

    @property
    def plan(self) -> dict[str, Any]:
        """The plan task's plan."""
        plan: dict[str, Any] = self.airflow.xcom(self.dag_id, self.run_id, "cache_plan", "plan")
        return plan

    @property
    def record(self) -> RunRecord:
        """What the store remembers of the run."""
        with LocalStore(self.store) as store:
            record = Records(store).run_of_dag(self.dag_id, self.run_id)
        assert record is not None
        return record

    @property
    def records(self) -> dict[str, str]:
        """The recorded state of each step."""
        return {step.name: step.state for step in self.record.steps}

    def xcom(self, task: str) -> dict[str, Any]:
        """What a step's task returned."""
        value: dict[str, Any] = self.airflow.xcom(self.dag_id, self.run_id, task)
        return value

    def log(self, task: str, try_number: int = 1) -> str:
        """One try's log, with the exceptions that it shows."""
        path = f"dags/{self.dag_id}/dagRuns/{self.run_id}/taskInstances/{task}/logs/{try_number}"
        content = self.airflow.get(path, full_content=True)["content"]
        return "\n".join(event if isinstance(event, str) else _shown(event) for event in content)

    def tries(self, task: str) -> int:
        """How often a task was started."""
        found = self.airflow.task_instances(self.dag_id, self.run_id)
        return int(next(item["try_number"] for item in found if item["task_id"] == task))

    def clear(self, *tasks: str, downstream: bool = False) -> Run:
        """The run after these tasks, or all, were cleared and what was cleared has ended."""
        chosen = tasks or tuple(self.airflow.task_states(self.dag_id, self.run_id))
        self.airflow.clear(self.dag_id, self.run_id, chosen, downstream=downstream)
        state = self.airflow.wait_for_run(self.dag_id, self.run_id)
        return Run(self.airflow, self.store, self.dag_id, self.run_id, state)


def _shown(event: Mapping[str, Any]) -> str:
    errors = [f"{item['exc_type']}: {item['exc_value']}" for item in event.get("error_detail", [])]
    return "\n".join([str(event.get("event", "")), *errors])


class Project:
    """A project with a pipeline, compiled into an Airflow's DAG folder.

    Args:
        airflow: Where it runs.
        source: The folder, or the file, that is copied.
        folder: Where it is copied to.
        dag_id: The id of its DAG.
        dag: What its YAML config says of the DAG.
        own_store: Whether its tasks use a store of their own, instead of Airflow's.
    """

    def __init__(
        self,
        airflow: AirflowServer,
        source: Path,
        folder: Path,
        dag_id: str,
        dag: Mapping[str, Any],
        own_store: bool = True,
    ) -> None:
        self.airflow, self.folder, self.dag_id = airflow, folder, dag_id
        if source.is_dir():
            shutil.copytree(source, folder)
        else:
            folder.mkdir(parents=True)
            shutil.copy(source, folder / "pipeline.py")
        (folder / "pyproject.toml").touch()
        self.store = folder.with_suffix(".store") if own_store else airflow.home / "zcompile"
        self.faults()
        self.config: dict[str, Any] = {"dag": {"dag_id": dag_id, **dag}}

    def faults(self, **faults: Any) -> None:
        """States what goes wrong in the tasks from now on; see `faults.py`."""
        file = self.airflow.home / "faults" / f"{self.dag_id}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"store": str(self.store), **faults}))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces a text that a file holds once."""
        text = (self.folder / file).read_text()
        assert text.count(old) == 1
        (self.folder / file).write_text(text.replace(old, new))

    def compile(self) -> str:
        """Compiles it, and returns the DAG file's text once Airflow knows it."""
        is_new = not self.dag_file.exists()
        text = self.write()
        self.airflow.wait_for_dag(self.dag_id, newer_than=None if is_new else time.time())
        return text

    def write(self) -> str:
        """Compiles it, and returns the DAG file's text."""
        (self.folder / "config.yaml").write_text(yaml.safe_dump(self.config))
        command = [ZCOMPILE, "pipeline.py", "-c", "config.yaml", "-o", self.airflow.dags]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return self.dag_file.read_text()

    def task_ids(self) -> list[str]:
        """The tasks that a DAG run which is triggered now has."""
        return [task["task_id"] for task in self.airflow.get(f"dags/{self.dag_id}/tasks")["tasks"]]

    @property
    def dag_file(self) -> Path:
        """The compiled DAG file."""
        return self.airflow.dags / f"{self.dag_id}.py"

    def trigger(self, conf: Mapping[str, Any] | None = None, date: str | None = None) -> Run:
        """A DAG run that has been started.

        Args:
            conf: Values of the trigger form.
            date: The logical date.
        """
        body = {"logical_date": date, "conf": dict(conf or {})}
        answer = self.airflow.request("POST", f"dags/{self.dag_id}/dagRuns", json=body)
        return Run(self.airflow, self.store, self.dag_id, answer["dag_run_id"], "running")

    def run(self, conf: Mapping[str, Any] | None = None, date: str | None = None) -> Run:
        """A DAG run once it has ended; see `trigger`."""
        return self.ended(self.trigger(conf, date))

    def ended(self, run: Run) -> Run:
        """The run once it has ended."""
        state = self.airflow.wait_for_run(self.dag_id, run.run_id)
        return Run(self.airflow, self.store, self.dag_id, run.run_id, state)

    def blob(self, digest: str) -> Path:
        """The file of an artifact in the project's store."""
        return self.store / "cas" / digest[:2] / digest

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *error: object) -> None:
        """Takes the DAG out of Airflow's folder, so that it is not parsed again and again."""
        self.dag_file.unlink(missing_ok=True)


def all_of(state: str, tasks: Sequence[str]) -> dict[str, str]:
    """The same state for each of these tasks."""
    return dict.fromkeys(tasks, state)


NewProject = Callable[..., Project]
"""What the fixture `new_project` gives: it makes projects from those in ``pipelines``."""
