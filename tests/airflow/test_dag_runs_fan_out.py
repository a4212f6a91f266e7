"""Mapped and conditional steps in a real Airflow: what runs, what is cached, what is skipped."""

from __future__ import annotations

from airflow_projects import NewProject, Run

from zruntime.materializers import load_value
from zruntime.store import ArtifactRef, LocalStore

WITHOUT_REPORT = {"report": "skipped", "mail": "skipped"}
STEPS = ("numbers", "factor", "scaled", "shown", "total", "report", "mail", "archive")


def instances(run: Run, name: str) -> list[str]:
    """The recorded states of a mapped step's instances."""
    step = next(step for step in run.record.steps if step.name == name)
    assert step.instances is not None
    return [instance.state for instance in step.instances]


def started(run: Run) -> list[str]:
    """The tasks that a worker started, each mapped one with its index."""
    found = run.airflow.task_instances(run.dag_id, run.run_id)
    return sorted(
        item["task_id"] if item["map_index"] < 0 else f"{item['task_id']}[{item['map_index']}]"
        for item in found
        if item["state"] != "skipped"
    )


def test_only_what_is_new_runs(new_project: NewProject) -> None:
    project = new_project("fan_out", "fan.py")
    project.compile()

    first = project.run()
    assert first.state == "success"
    assert first.records == dict.fromkeys(STEPS, "completed") | WITHOUT_REPORT
    assert instances(first, "scaled") == ["completed"] * 3
    assert first.record.status == "completed"
    reasons = {step.name: step.reason for step in first.record.steps}
    assert reasons["report"] == "total.output > 40 does not hold"
    assert reasons["mail"] == "depends on report, which was skipped"

    second = project.run()
    assert second.state == "success"
    assert second.records == dict.fromkeys(STEPS, "cached") | WITHOUT_REPORT
    assert instances(second, "scaled") == ["cached"] * 3
    assert started(second) == ["cache_plan"]

    third = project.run({"numbers.count": 4})
    assert third.state == "success"
    assert instances(third, "scaled") == ["cached"] * 3 + ["completed"]
    assert instances(third, "shown") == ["cached"] * 3 + ["completed"]
    assert third.records == dict.fromkeys(STEPS, "completed") | {"factor": "cached"}
    assert [task for task in started(third) if "[" in task] == ["scaled[0]", "shown[0]"]
    archived = ArtifactRef.from_json(third.xcom("archive")["outputs"]["output"])
    with LocalStore(third.store) as store:
        assert load_value(store, archived) == "60 ['0', '10', '20', '30'] total 60"

    none = project.run({"numbers.count": 0})
    assert none.state == "success"
    assert instances(none, "scaled") == instances(none, "shown") == []
    assert none.records == dict.fromkeys(STEPS, "completed") | {"factor": "cached"} | WITHOUT_REPORT


def test_of_a_list_that_the_plan_knows_only_the_lost_result_is_made_again(
    new_project: NewProject,
) -> None:
    project = new_project("fan_out_partial", "fan.py")
    project.compile()
    first = project.run()
    scaled = next(step for step in first.record.steps if step.name == "scaled")
    assert scaled.instances
    project.blob(scaled.instances[2].outputs["output"].digest).unlink()

    second = project.run()
    assert second.state == "success"
    assert second.plan["steps"]["scaled"]["reason"] == "1 of 3 instances are not cached"
    assert second.records == dict.fromkeys(STEPS, "cached") | WITHOUT_REPORT | {
        "scaled": "completed"
    }
    assert instances(second, "scaled") == ["cached", "cached", "completed"]
    assert [task for task in started(second) if "[" in task] == ["scaled[0]"]


def test_clearing_a_mapped_step_and_a_skipped_one(new_project: NewProject) -> None:
    project = new_project("fan_out_clear", "fan.py")
    project.compile()
    project.run()
    second = project.run()

    again = second.clear("expand_scaled", downstream=True)
    assert again.state == "success"
    assert instances(again, "scaled") == ["completed"] * 3
    assert instances(again, "shown") == ["completed"] * 3
    assert again.records == dict.fromkeys(STEPS, "completed") | WITHOUT_REPORT | {
        "numbers": "cached",
        "factor": "cached",
    }

    still = second.clear("report")
    assert still.records["report"] == "skipped"
    assert still.tasks["report"] == "skipped"


def test_steps_that_end_in_success_where_they_are_cached(new_project: NewProject) -> None:
    project = new_project("fan_out_success", "fan.py", on_hit="success")
    project.compile()
    project.run()
    second = project.run()
    assert second.records == dict.fromkeys(STEPS, "cached") | WITHOUT_REPORT
    expected = {"cache_plan", "expand_scaled", "expand_shown"} | {
        f"{name}[{index}]" for name in ("scaled", "shown") for index in range(3)
    }
    assert expected | {"numbers", "factor", "total", "archive"} == set(started(second))
