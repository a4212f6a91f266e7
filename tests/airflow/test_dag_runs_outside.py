"""Runs of DAGs whose steps depend on files, on what a function returns, and on age."""

from __future__ import annotations

from airflow_projects import NewProject, Run, all_of
from msgspec.structs import replace

from zruntime.materializers import load_value
from zruntime.store import LocalStore

STEPS = ("listed", "table", "queried")


def reasons(run: Run) -> dict[str, str]:
    """Why the steps ran, as recorded; the plan and its log say the same."""
    found = {step.name: step.reason for step in run.record.steps if step.reason}
    log = run.log("cache_plan")
    for name, reason in found.items():
        assert run.plan["steps"][name]["reason"] == reason
        assert f"{name}: {reason}." in log
    return found


def test_what_changes_outside_is_seen_by_plan_and_workers(new_project: NewProject) -> None:
    project = new_project("runs_outside", "outside.py")
    data = project.airflow.dags.parent / "runs_outside"
    data.mkdir()
    (data / "a.csv").write_text("1")
    (data / "orders.txt").write_text("monday")
    project.compile()
    first = project.run()
    assert first.tasks == all_of("success", STEPS)
    assert project.run().tasks == all_of("skipped", STEPS)

    (data / "a.csv").write_text("2")
    (data / "b.csv").write_text("3")
    changed = project.run()
    assert changed.tasks == {**all_of("success", STEPS), "queried": "skipped"}
    assert reasons(changed) == {
        "listed": "file runs_outside/a.csv changed; file runs_outside/b.csv is new",
        "table": "file runs_outside/a.csv of parameter path changed",
    }
    with LocalStore(project.store) as store:
        assert load_value(store, changed.record.steps[0].outputs["output"]) == ["2", "3"]

    form = project.run({"table.path": "runs_outside/b.csv"})
    assert form.tasks == {**all_of("skipped", STEPS), "table": "success"}
    assert reasons(form) == {"table": "parameter path: runs_outside/a.csv -> runs_outside/b.csv"}

    (data / "orders.txt").write_text("tuesday")
    with LocalStore(project.store) as store:
        for entry in [*store.entries()]:
            store.save(replace(entry, created=entry.created - 90_000))
    later = project.run()
    assert later.tasks == {**all_of("success", STEPS), "table": "skipped"}
    found = reasons(later)
    assert found["listed"].startswith("older than cache_ttl 1d (made ")
    assert found["queried"] == "cache_func returned 'monday' -> 'tuesday'"
    assert found["queried"] in later.log("queried")
    assert project.run().tasks == all_of("skipped", STEPS)

    (data / "a.csv").unlink()
    (data / "orders.txt").unlink()
    missing = project.run()
    assert missing.tasks == {**all_of("failed", STEPS), "listed": "success"}
    assert reasons(missing)["table"] == "file runs_outside/a.csv is missing"
    assert f"there is no such file in {data.parent}" in missing.log("table")
    assert "cache_func newest failed: FileNotFoundError" in missing.log("cache_plan")
