"""A pipeline that is compiled anew while one of its runs is under way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow_projects import NewProject, Project, Run
from devtools.airflow_client import wait_until

from zruntime.materializers import load_value
from zruntime.store import LocalStore


def test_a_run_ends_with_the_code_that_it_began_with(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = new_project("upgraded_run", "upgraded.py")
    project.config["parameters"] = {"folder": str(tmp_path)}
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    project.compile()
    before = _under_way(project)
    project.edit("pipeline.py", "number + by", "number * by")
    project.edit("pipeline.py", "return [number]", "return [number, number]")
    project.edit("pipeline.py", "    total(grow(load(folder), by=1))", NEW_BODY)
    project.compile()
    gate.write_text("20")
    before = project.ended(before)
    assert before.state == "success"
    assert _value(project, before, "total") == [21]
    assert before.tasks["added"] == "skipped"

    after = project.run()
    assert after.tasks["load"] == "skipped"
    assert _value(project, after, "total") == [200, 200]
    assert _value(project, after, "added") == 201

    # Who clears a task wants the pipeline as it is now.
    cleared = before.clear("total")
    assert _value(project, cleared, "total") == [21, 21]

    lost = _under_way(project, enable_cache=False)
    project.edit("pipeline.py", "grown = grow(load(folder), by=10)", "grown = load(folder)")
    project.compile()
    gate.write_text("20")
    lost = project.ended(lost)
    assert lost.state == "failed"
    assert "total needs the result of grow, which is no step of the DAG any more" in lost.log(
        "total"
    )


def test_a_cached_step_that_airflow_learns_of_after_the_plan_is_not_executed(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = new_project("late_step", "upgraded.py")
    project.config["parameters"] = {"folder": str(tmp_path)}
    (tmp_path / "gate").write_text("20")
    former = project.compile()
    source = (project.folder / "pipeline.py").read_text()
    project.edit("pipeline.py", "    total(grow(load(folder), by=1))", NEW_BODY)
    project.compile()
    first = project.run()

    # Airflow has taken the steps back, and has not seen yet that they are there again.
    later = (project.folder / "pipeline.py").read_text()
    (project.folder / "pipeline.py").write_text(source)
    assert project.compile() == former
    with project.airflow.paused("dag-processor"):
        (project.folder / "pipeline.py").write_text(later)
        gate = tmp_path / "gate"
        gate.unlink()
        os.mkfifo(gate)
        waiting = f"return [number, len(Path({str(gate)!r}).read_text())]"
        project.edit("pipeline.py", "return [number]", waiting)
        project.write()
        run = project.trigger()
        wait_until(
            lambda: run.tasks.get("total") == "running" or None,
            timeout=120,
            failure=lambda: f"total did not start: {run.tasks}",
        )
        assert run.plan["steps"]["added"]["state"] == "cached"
        assert "added" not in run.tasks
    wait_until(
        lambda: run.tasks.get("added") in {"skipped", "success"} or None,
        timeout=120,
        failure=lambda: f"added did not end: {run.tasks}",
    )
    gate.write_text("")
    run = project.ended(run)
    assert run.state == "success"
    assert run.tasks["added"] == "skipped"
    (added,) = (step for step in run.record.steps if step.name == "added")
    assert (added.state, added.producer.run) == ("cached", first.run_id)


NEW_BODY = """\
    grown = grow(load(folder), by=10)
    total(grown)
    added(grown)


@step
def added(number: int) -> int:
    return number + 1
"""


def _under_way(project: Project, **conf: Any) -> Run:
    """A run whose first step is being executed."""
    run = project.trigger(conf)
    wait_until(
        lambda: run.tasks["load"] == "running" or None,
        timeout=120,
        failure=lambda: f"load did not start: {run.tasks}",
    )
    return run


def _value(project: Project, run: Run, step: str) -> Any:
    (found,) = (item for item in run.record.steps if item.name == step)
    with LocalStore(project.store) as store:
        return load_value(store, found.outputs["output"])
