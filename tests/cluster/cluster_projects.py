"""A pipeline that is compiled into a cluster's DAG folder and run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from devtools.airflow_client import wait_until
from devtools.cluster import Cluster

PIPELINES = Path(__file__).with_name("pipelines")
ZCOMPILE = Path(sys.executable).with_name("zcompile")
PLAN_TASK = "cache_plan"


@dataclass(frozen=True, slots=True)
class Run:
    """A DAG run."""

    cluster: Cluster
    dag_id: str
    run_id: str

    def end(self) -> str:
        """The run's state once it has ended."""
        return self.cluster.wait_for_run(self.dag_id, self.run_id, timeout=300)

    @property
    def tasks(self) -> dict[str, str | None]:
        """Airflow's state of each step's task."""
        states = self.cluster.task_states(self.dag_id, self.run_id)
        return {task: state for task, state in states.items() if task != PLAN_TASK}

    @property
    def page(self) -> dict[str, Any]:
        """What the Lineage tab is given."""
        path = f"/zcompile/api/dags/{self.dag_id}/runs/{self.run_id}"
        record: dict[str, Any] = self.cluster.fetch("GET", path)
        return record

    @property
    def shown(self) -> dict[str, str]:
        """The state of each step in the Lineage tab."""
        return {step["name"]: step["state"] for step in self.page["steps"]}

    @property
    def digests(self) -> dict[str, dict[str, str]]:
        """The digests of what each step gave, computed or cached."""
        return {
            step["name"]: {name: ref["digest"] for name, ref in step["outputs"].items()}
            for step in self.page["steps"]
        }


class Project:
    """The pipeline `numbers` under a DAG id of its own.

    Args:
        cluster: Where it runs.
        folder: A new folder for it.
        dag_id: The id of its DAG.
        dag: What its YAML config says of the DAG.
    """

    def __init__(self, cluster: Cluster, folder: Path, dag_id: str, **dag: Any) -> None:
        self.cluster, self.folder, self.dag_id = cluster, folder, dag_id
        folder.mkdir()
        shutil.copy(PIPELINES / "numbers.py", folder / "pipeline.py")
        (folder / "pyproject.toml").touch()
        (folder / "executed").touch()
        retries = {"retries": 3, "retry_delay": 1}
        config = {
            "dag": {"dag_id": dag_id, "default_args": retries, **dag},
            "parameters": {"folder": str(folder)},
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        self.compile()

    def compile(self) -> None:
        """Compiles it, and returns when Airflow knows the DAG as it is now."""
        is_new = not (self.cluster.dags / f"{self.dag_id}.py").exists()
        command = [ZCOMPILE, "pipeline.py", "-c", "config.yaml", "-o", self.cluster.dags]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        newer_than = None if is_new else time.time()
        self.cluster.wait_for_dag(self.dag_id, newer_than, timeout=120)

    def edit(self, old: str, new: str) -> None:
        """Replaces a text that the pipeline file holds once."""
        file = self.folder / "pipeline.py"
        assert file.read_text().count(old) == 1
        file.write_text(file.read_text().replace(old, new))

    def trigger(self, cluster: Cluster | None = None, **conf: Any) -> Run:
        """A run that has been started with these values of the trigger form."""
        return Run(self.cluster, self.dag_id, (cluster or self.cluster).trigger(self.dag_id, conf))

    def run(self, **conf: Any) -> Run:
        """A run that has ended well."""
        run = self.trigger(**conf)
        assert run.end() == "success"
        return run

    @property
    def executed(self) -> Counter[str]:
        """How often each step was executed, by its name and inputs."""
        return Counter(line.partition(" ")[2] for line in self._notes())

    @property
    def executed_by_worker(self) -> Counter[str]:
        """How often each worker executed each step."""
        return Counter(self._notes())

    @property
    def workers(self) -> set[str]:
        """The workers that executed steps."""
        return {line.partition(" ")[0] for line in self._notes()}

    def forget(self) -> None:
        """Forgets what was noted up to now."""
        (self.folder / "executed").write_text("")

    def hold(self) -> None:
        """Has the first step wait from now on until `let_go`."""
        os.mkfifo(self.folder / "gate")

    def let_go(self) -> None:
        """Lets the first step go on: the one that waits, or else the next one."""
        gate = self.folder / "gate"
        descriptor = os.open(gate, os.O_RDWR | os.O_NONBLOCK)
        gate.unlink()
        os.close(descriptor)

    def wait_for_step(self, count: int = 1) -> str:
        """The worker that executes the first step, once that was begun this often."""

        def worker() -> str | None:
            begun = [line for line in self._notes() if " begin " in line]
            return begun[count - 1].partition(" ")[0] if len(begun) >= count else None

        return wait_until(worker, timeout=240, failure=lambda: "the first step was not begun")

    def _notes(self) -> list[str]:
        return (self.folder / "executed").read_text().splitlines()
