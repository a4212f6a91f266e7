"""Two runs of one DAG at once, each with branches that run at once."""

from __future__ import annotations

import os
from pathlib import Path

from airflow_projects import NewProject, Project, Run, all_of
from devtools.airflow_client import wait_until

from zruntime.materializers import load_value
from zruntime.store import LocalStore

STEPS = ("load", "left", "right", "total")


def test_two_runs_execute_each_key_once(new_project: NewProject, tmp_path: Path) -> None:
    project = new_project("concurrent_runs", "concurrent.py")
    project.config["parameters"] = {"folder": str(tmp_path)}
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    project.compile()

    runs = [project.trigger(), project.trigger()]
    for run in runs:
        _wait_for_load(run)
    gate.write_text("20")
    first, second = (project.ended(run) for run in runs)
    assert _executed(tmp_path) == sorted(STEPS)
    for step in STEPS:
        assert {first.tasks[step], second.tasks[step]} == {"success", "skipped"}
        assert {first.records[step], second.records[step]} == {"completed", "cached"}
    assert (first.record.status, second.record.status) == ("completed", "completed")
    assert [_total(project, run) for run in (first, second)] == [61, 61]

    runs = [project.trigger({"enable_cache": False}), project.trigger()]
    gate.write_text("20")
    without, within = (project.ended(run) for run in runs)
    assert _executed(tmp_path) == sorted(STEPS)
    assert (without.tasks, within.tasks) == (all_of("success", STEPS), all_of("skipped", STEPS))
    assert without.records == all_of("completed", STEPS)
    assert within.records == all_of("cached", STEPS)
    assert [_total(project, run) for run in (without, within)] == [61, 61]


def _wait_for_load(run: Run) -> None:
    """Returns once the step is executed, or waits for the other run that executes it."""
    wait_until(
        lambda: run.tasks["load"] == "running" or None,
        timeout=120,
        failure=lambda: f"load did not start: {run.tasks}",
    )


def _executed(folder: Path) -> list[str]:
    file = folder / "executed"
    names = file.read_text().split()
    file.unlink()
    return sorted(names)


def _total(project: Project, run: Run) -> int:
    ref = run.record.steps[-1].outputs["output"]
    with LocalStore(project.store) as store:
        value: int = load_value(store, ref)
    return value
