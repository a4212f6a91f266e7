"""The trigger form of a compiled DAG, in a browser and through REST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from airflow_projects import PIPELINES, NewProject, Project, Run
from devtools.airflow_client import AirflowError, wait_until
from devtools.airflow_server import AirflowServer
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module")
def tuned(airflow: AirflowServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that was run once, and so is cached as it was compiled."""
    folder = tmp_path_factory.mktemp("form") / "project"
    source = PIPELINES / "tuned.py"
    dag = {"default_args": {"retries": 3}}
    # The page reads the store of Airflow's own.
    with Project(airflow, source, folder, "form_tuned", dag, own_store=False) as project:
        project.compile()
        assert project.run().records == {"step_1": "completed", "step_2": "completed"}
        yield project


def run_ids(project: Project) -> list[str]:
    """The runs of the project's DAG, oldest first."""
    runs = project.airflow.get(f"dags/{project.dag_id}/dagRuns", order_by="id")["dag_runs"]
    return [str(run["dag_run_id"]) for run in runs]


def open_form(page: Page, project: Project) -> Any:
    """The form's dialog, with the section of step_2 unfolded."""
    page.goto(f"{project.airflow.url}/dags/{project.dag_id}")
    page.get_by_role("button", name="Trigger Dag", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="step_2").click()
    expect(field(dialog, "gamma")).to_be_visible()
    return dialog


def field(dialog: Any, name: str) -> Any:
    return dialog.locator(f'[name="element_step_2.{name}"]')


def submit(dialog: Any) -> None:
    dialog.get_by_role("button", name="Trigger", exact=True).click()


def submitted(project: Project, before: list[str]) -> Run:
    """The run that the form started, once it has ended."""

    def newest() -> str | None:
        return next((name for name in run_ids(project) if name not in before), None)

    name = wait_until(newest, timeout=30, failure=lambda: "the form started no run")
    return project.ended(Run(project.airflow, project.store, project.dag_id, name, "running"))


def test_a_changed_gamma_runs_step_2_and_not_step_1(tuned: Project, page: Page) -> None:
    before = run_ids(tuned)
    dialog = open_form(page, tuned)
    field(dialog, "gamma").fill("0.01")
    submit(dialog)
    run = submitted(tuned, before)
    assert run.tasks == {"step_1": "skipped", "step_2": "success"}
    assert run.record.steps[1].parameters["gamma"] == 0.01
    run_url = tuned.airflow.run_url(tuned.dag_id, run.run_id)
    page.goto(f"{run_url}/plugin/zcompile-lineage?view=table")
    for step, state in (("step_1", "cached"), ("step_2", "completed")):
        expect(page.locator(f"tr[data-step={step}] [data-state]")).to_have_text(state)
    expect(page.locator("tr[data-step=step_2]")).to_contain_text("parameter gamma 0.001 -> 0.01")


def test_an_untouched_form_changes_nothing(tuned: Project, page: Page) -> None:
    before = run_ids(tuned)
    submit(open_form(page, tuned))
    run = submitted(tuned, before)
    assert run.tasks == {"step_1": "skipped", "step_2": "skipped"}


def test_each_parameter_has_the_field_of_its_type(tuned: Project, page: Page) -> None:
    dialog = open_form(page, tuned)
    expect(dialog.get_by_text("Kernel coefficient.")).to_be_visible()
    expect(field(dialog, "gamma")).to_have_attribute("role", "spinbutton")
    if field(dialog, "kernel").count():
        expect(field(dialog, "kernel")).to_have_value("rbf")
    else:  # Airflow 3.1
        expect(dialog.get_by_role("combobox", name="step_2.kernel")).to_have_text("rbf")
    expect(field(dialog, "since")).to_have_attribute("type", "date")
    expect(field(dialog, "since")).to_have_value("2026-01-31")
    expect(field(dialog, "query")).to_have_value("select *\nfrom digits")
    expect(dialog.get_by_text('"width": 8').first).to_be_visible()
    expect(dialog.locator('[name="element_enable_cache"]')).to_have_count(1)
    expect(dialog.locator('[name="element_step_2.password"]')).to_have_count(0)


def test_a_value_out_of_bounds_is_refused_by_the_form(tuned: Project, page: Page) -> None:
    before = run_ids(tuned)
    dialog = open_form(page, tuned)
    field(dialog, "gamma").fill("-1")
    submit(dialog)
    expect(dialog.get_by_text("Invalid input for param step_2.gamma")).to_be_visible()
    expect(dialog.get_by_text("-1 is less than")).to_be_visible()
    assert run_ids(tuned) == before


@pytest.mark.parametrize(
    ("conf", "reason"),
    [
        ({"step_2.gamma": 5}, "5 is greater than the maximum of 1"),
        ({"step_2.gamma": "many"}, "'many' is not of type 'number'"),
        ({"step_2.kernel": "cubic"}, "'cubic' is not one of"),
        ({"step_2.layer": {"width": 0}}, "0 is less than the minimum of 1"),
    ],
)
def test_airflow_refuses_what_the_schema_does(
    tuned: Project, conf: dict[str, Any], reason: str
) -> None:
    with pytest.raises(AirflowError) as caught:
        tuned.trigger(conf)
    assert caught.value.status == 400
    assert f"Invalid input for param {next(iter(conf))}: {reason}" in str(caught.value)


def test_what_only_pydantic_refuses_fails_the_plan_with_the_reasons(tuned: Project) -> None:
    run = tuned.run({"step_2.solver": "magic", "step_1.count": 7})
    assert run.state == "failed"
    assert run.tasks == {"step_1": "upstream_failed", "step_2": "upstream_failed"}
    log = run.log("cache_plan")
    assert "Parameter `solver` of step `train` is 'magic': Value error, there is no solver" in log
    assert "Parameter `count` of step `load` is 7: Value error, 7 is odd" in log
    assert run.tries("cache_plan") == 1


def test_a_parameter_that_does_not_exist_fails_the_plan(tuned: Project) -> None:
    run = tuned.run({"step_2.gama": 0.5})
    assert run.state == "failed"
    log = run.log("cache_plan")
    assert "Step `step_2` has no parameter `gama`" in log
    assert "`gamma`" in log


def test_other_keys_of_conf_are_left_alone(tuned: Project) -> None:
    run = tuned.run({"ticket": "A-1", "step_9.gamma": 3})
    assert run.tasks == {"step_1": "skipped", "step_2": "skipped"}


def test_the_pipelines_own_parameters_change_what_steps_are_given(new_project: NewProject) -> None:
    sized = new_project("form_sized", "sized.py")
    sized.config["steps"] = {"train": {"parameters": {"scale": 2.0}}}
    sized.compile()
    assert sized.run().records == {"load": "completed", "train": "completed"}

    other = sized.run({"gamma": 1.5})
    assert other.records == {"load": "cached", "train": "completed"}
    assert other.record.steps[1].parameters == {"gamma": 3.0, "scale": 2.0}
    assert other.record.steps[1].reason == "parameter gamma 1.0 -> 3.0"
    more = sized.run({"count": 5, "train.gamma": 9})
    assert more.records == {"load": "completed", "train": "completed"}
    assert more.record.steps[0].parameters == {"count": 5}
    assert more.record.steps[1].parameters["gamma"] == 9.0
    same = sized.run({"gamma": 1.5, "train.gamma": 1.0})
    assert same.tasks == {"load": "skipped", "train": "skipped"}

    wrong = sized.run({"mode": "long"})
    assert wrong.state == "failed"
    assert "Another value of `mode` would change which steps" in wrong.log("cache_plan")
    with pytest.raises(AirflowError, match="Invalid input for param count"):
        sized.trigger({"count": "many"})
