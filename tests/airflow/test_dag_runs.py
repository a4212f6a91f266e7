"""Runs of compiled DAGs in a real Airflow: what runs, what is skipped, and what is left behind."""

from __future__ import annotations

import re

from airflow_projects import NewProject, Run, all_of

from zruntime.store import ArtifactRef

CHAIN = ("load", "scaled", "shifted", "total")


def test_the_seeds_three_runs(digits: list[Run]) -> None:
    assert [run.state for run in digits] == ["success"] * 3
    assert [run.tasks for run in digits] == [
        {"step_1": "success", "step_2": "success"},
        {"step_1": "skipped", "step_2": "success"},
        {"step_1": "success", "step_2": "success"},
    ]
    assert [run.records for run in digits] == [
        {"step_1": "completed", "step_2": "completed"},
        {"step_1": "cached", "step_2": "completed"},
        {"step_1": "completed", "step_2": "completed"},
    ]
    assert [run.record.status for run in digits] == ["completed"] * 3


def test_the_plan_holds_the_graph_keys_references_and_reasons(digits: list[Run]) -> None:
    first, second, third = (run.plan["steps"] for run in digits)
    assert first["step_2"]["inputs"] == {"X_train": "step_1.X_train", "y_train": "step_1.y_train"}
    assert first["step_1"]["state"] == "run"
    assert first["step_1"]["reason"] == "first run of this step"
    assert second["step_1"]["state"] == "cached"
    assert second["step_1"]["key"] == first["step_1"]["key"] == digits[0].xcom("step_1")["key"]
    assert second["step_1"]["producer"]["run"] == digits[0].run_id
    assert second["step_1"]["outputs"] == digits[0].xcom("step_1")["outputs"]
    assert second["step_2"]["reason"] == "cache switched off for this step"
    assert third["step_1"]["reason"] == "cache switched off for this run"
    assert digits[1].record.steps[0].producer == digits[0].record.steps[0].producer


def test_xcoms_are_references_only(digits: list[Run]) -> None:
    outputs = digits[0].xcom("step_1")["outputs"]
    assert list(outputs) == ["X_train", "X_test", "y_train", "y_test"]
    image = ArtifactRef.from_json(outputs["X_train"])
    assert image.type == "numpy:ndarray"
    assert image.metadata["shape"] == [1437, 64]
    assert (digits[0].store / "cas" / image.digest[:2] / image.digest).stat().st_size == image.size
    assert all(len(str(output)) < 1000 for output in outputs.values())


def test_task_logs_hold_the_seeds_lines(digits: list[Run]) -> None:
    loaded = digits[0].log("step_1")
    assert "Step digits_data_loader has started." in loaded
    assert re.search(r"Step digits_data_loader has finished in \d+\.\d{3}s\.", loaded)
    planned = digits[1].log("cache_plan")
    assert "Using cached version of digits_data_loader." in planned
    assert digits[0].run_id in planned
    trained = digits[1].log("step_2")
    assert "Step svc_trainer has started." in trained
    assert "cache switched off for this step" in trained


def test_clearing_a_skipped_task_runs_it(new_project: NewProject) -> None:
    project = new_project("runs_clear", "chain")
    project.compile()
    first = project.run()
    assert first.tasks == all_of("success", CHAIN)
    second = project.run()
    assert second.tasks == all_of("skipped", CHAIN)

    one = second.clear("scaled")
    assert one.tasks == {**all_of("skipped", CHAIN), "scaled": "success"}
    assert one.records == {**all_of("cached", CHAIN), "scaled": "completed"}
    assert one.record.steps[1].reason == "cleared by a person"
    assert "it runs without looking for a result" in one.log("scaled")

    more = second.clear("load", downstream=True)
    assert more.tasks == all_of("success", CHAIN)
    assert more.records == all_of("completed", CHAIN)

    again = more.clear("shifted")
    assert again.tries("shifted") == 2
    assert "it runs without looking for a result" in again.log("shifted", 2)

    anew = again.clear()
    assert anew.tasks == all_of("skipped", CHAIN)
    assert anew.records == all_of("cached", CHAIN)


def test_a_run_cleared_as_a_whole_is_planned_anew_for_its_workers_too(
    new_project: NewProject,
) -> None:
    project = new_project("runs_anew", "chain", on_hit="success")
    project.compile()
    project.run()
    second = project.run()
    assert second.tasks == all_of("success", CHAIN)
    assert second.records == all_of("cached", CHAIN)
    assert second.xcom("total")["outputs"]["output"]["type"] == "builtins:int"

    anew = second.clear()
    assert anew.records == all_of("cached", CHAIN)
    one = anew.clear("total")
    assert one.records == {**all_of("cached", CHAIN), "total": "completed"}


def test_an_edited_helper_runs_the_steps_that_use_it(new_project: NewProject) -> None:
    project = new_project("runs_edit", "chain")
    project.compile()
    project.run()

    project.edit("features.py", "number * 2", "number * 3")
    project.compile()
    edited = project.run()
    expected = {**all_of("skipped", CHAIN), "scaled": "success", "total": "success"}
    assert edited.tasks == expected
    reasons = {step.name: step.reason for step in edited.record.steps}
    assert reasons["scaled"] == "code: function `scale` in features.py changed"
    assert reasons["total"].startswith("input left changed (made by scaled in run")

    project.edit("features.py", "    return number * 3", "    # Thrice.\n    return number  *  3")
    project.compile()
    assert project.run().tasks == all_of("skipped", CHAIN)


def test_equal_bytes_let_the_consumer_hit_on_its_worker(new_project: NewProject) -> None:
    project = new_project("runs_cutoff", "chain")
    project.compile()
    first = project.run()

    project.edit("features.py", "number * 2", "number + number")
    project.compile()
    run = project.run()
    assert run.tasks == {**all_of("skipped", CHAIN), "scaled": "success"}
    assert run.plan["steps"]["total"]["state"] == "pending"
    assert run.records == {**all_of("cached", CHAIN), "scaled": "completed"}
    assert run.xcom("total")["outputs"] == first.xcom("total")["outputs"]
    assert "Using cached version of total." in run.log("total")

    again = run.clear("total")
    assert again.tasks["total"] == "success"
    assert again.records["total"] == "completed"


def test_a_failing_step_fails_its_run_and_the_next_starts_from_what_is_cached(
    new_project: NewProject,
) -> None:
    project = new_project("runs_failing", "failing.py")
    project.compile()
    failed = project.run()
    assert failed.state == "failed"
    assert failed.tasks == {"read": "success", "parse": "failed", "report": "upstream_failed"}
    assert failed.record.status == "failed"
    assert failed.record.steps[1].error.startswith("ValueError: invalid literal for int()")
    assert "invalid literal for int()" in failed.log("parse")

    project.edit("pipeline.py", "int(text)", "int(text.split()[0])")
    project.compile()
    mended = project.run()
    assert mended.tasks == {"read": "skipped", "parse": "success", "report": "success"}
    assert mended.record.status == "completed"


def test_a_retry_takes_a_stored_result_and_computes_a_lost_one(new_project: NewProject) -> None:
    project = new_project(
        "runs_fragile", "fragile.py", default_args={"retries": 1, "retry_delay": 0}
    )
    project.compile()
    project.faults(kill=["doubled"])
    run = project.run()
    assert run.state == "success"
    assert [run.tries(task) for task in ("dies_once", "doubled")] == [2, 2]
    assert run.tasks["dies_once"] == "success"
    assert run.records["dies_once"] == "completed"
    assert "Using cached version" not in run.log("dies_once", 2)
    assert "Using cached version of doubled." in run.log("doubled", 2)
    assert run.record.steps[1].producer.run == run.run_id
    assert run.record.status == "completed"


def test_what_the_form_says_enters_the_key(new_project: NewProject) -> None:
    form = new_project("runs_form", "form.py")
    form.config["steps"] = {
        "train": {"parameters": {"rate": 0.25}},
        "stamp": {"parameters": {"day": "{{ ds }}"}},
    }
    form.compile()
    day = "2026-02-0{}T00:00:00Z"
    first = form.run(date=day.format(1))
    assert first.record.steps[0].parameters == {"rate": 0.25, "solver": "sgd"}
    assert first.record.steps[1].parameters == {"day": "2026-02-01"}

    other = form.run({"train.rate": 2.0}, date=day.format(2))
    assert other.tasks == {"train": "success", "stamp": "success"}
    assert other.record.steps[0].reason == "parameter rate 0.25 -> 2.0"
    same = form.run({"train.rate": 2}, date=day.format(3))
    assert same.tasks == {"train": "skipped", "stamp": "success"}
    assert same.record.steps[1].reason.startswith("parameter day '2026-02-02' -> '2026-02-03'")
