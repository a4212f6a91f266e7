"""Garbage that is collected while a DAG run is between its plan and the use of a cached result."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from airflow_projects import ZCOMPILE, NewProject, Project, Run
from devtools.airflow_client import wait_until

from zruntime.materializers import load_value
from zruntime.store import LocalStore
from zruntime.store.maintenance import Usage, collect_garbage


def test_what_a_run_uses_stays_and_what_is_evicted_is_computed_again(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = new_project("garbage_evicted", "evicted.py")
    project.config["parameters"] = {"folder": str(tmp_path)}
    executed = tmp_path / "executed"
    os.mkfifo(tmp_path / "gate")
    project.compile()
    first = _run(project, tmp_path, lambda: None)
    assert first.tasks == {"make": "success", "wait": "success", "use": "success"}
    assert executed.read_text() == "make\n"

    kept = _run(project, tmp_path, lambda: _collect(project))
    assert kept.tasks == {"make": "skipped", "wait": "success", "use": "success"}
    assert executed.read_text() == "make\n"

    gone = _run(project, tmp_path, lambda: _evict(project))
    assert gone.tasks == {"make": "skipped", "wait": "success", "use": "success"}
    assert executed.read_text() == "make\nmake\n"
    assert "Step make has to run again: its result cannot be read." in gone.log("use")
    with LocalStore(project.store) as store:
        assert load_value(store, gone.record.steps[2].outputs["output"]) == 21


def _run(project: Project, folder: Path, meanwhile: Callable[[], None]) -> Run:
    """A run in which something happens while the step `wait` waits."""
    run = project.trigger()
    wait_until(
        lambda: run.tasks["wait"] == "running" or None,
        timeout=120,
        failure=lambda: f"wait did not start: {run.tasks}",
    )
    meanwhile()
    (folder / "gate").write_text("1")
    return project.ended(run)


def _collect(project: Project) -> None:
    """What a person can do."""
    command = [ZCOMPILE, "cache", "gc", "--grace", "0s", "--size-limit", "0", "--keep-runs", "0"]
    environment = {**os.environ, "ZCOMPILE_STORE": str(project.store)}
    subprocess.run(command, env=environment, check=True)


def _evict(project: Project) -> None:
    """A collection that knows of no run, as one that began before this one was planned."""
    with LocalStore(project.store) as store:
        done = collect_garbage(store, Usage(), limit=0, grace=0, clock=lambda: time.time() + 60)
    assert done.left == 0
