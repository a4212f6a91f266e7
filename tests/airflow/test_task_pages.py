"""What Airflow's own pages show of a step's task: its links, its name, and its artifacts."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from airflow_projects import NewProject, Run
from devtools.airflow_client import AirflowClient
from playwright.sync_api import Page, expect


def links(airflow: AirflowClient, run: Run, task: str, map_index: int = -1) -> dict[str, Any]:
    path = f"dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}/taskInstances/{task}/links"
    found: dict[str, Any] = airflow.get(path, map_index=map_index)["extra_links"]
    return found


def lineage(run: Run, step: str = "") -> str:
    """The address of a step in the lineage of a run."""
    query = f"?step={step}" if step else ""
    run_id = quote(run.run_id, safe=":+")
    return f"/dags/{run.dag_id}/runs/{run_id}/plugin/zcompile-lineage{query}"


def test_a_cached_task_leads_to_its_lineage_and_to_the_run_that_computed_it(
    digits: list[Run],
) -> None:
    first, second, _ = digits
    airflow = first.airflow
    assert links(airflow, second, "step_1") == {
        "Lineage": lineage(second, "step_1"),
        "Producing run": lineage(first, "step_1"),
    }
    assert links(airflow, second, "step_2")["Producing run"] is None
    assert links(airflow, second, "cache_plan") == {"Lineage": lineage(second)}


def test_each_instance_of_a_mapped_step_has_its_own_links(new_project: NewProject) -> None:
    project = new_project("fan_links", "fan.py", own_store=False, on_hit="success")
    project.compile()
    first = project.run()
    second = project.run({"numbers.count": 4})
    airflow = first.airflow
    for index, producing in ((0, lineage(first, "scaled")), (3, None)):
        assert links(airflow, second, "scaled", index) == {
            "Lineage": lineage(second, "scaled"),
            "Producing run": producing,
        }
    assert links(airflow, second, "expand_scaled") == {"Lineage": lineage(second, "scaled")}
    assert links(airflow, second, "when_report") == {"Lineage": lineage(second, "report")}


def test_the_graph_names_artifacts_and_the_plan_task(digits: list[Run], page: Page) -> None:
    run = digits[1]
    page.goto(f"{run.airflow.url}/dags/{run.dag_id}")
    page.get_by_role("button", name=re.compile("graph", re.IGNORECASE)).first.click()
    expect(page.get_by_text("cache plan").first).to_be_visible()
    expect(page.get_by_text("step_2 · svc_trainer").first).to_be_visible()
    expect(page.get_by_text("X_train, y_train").first).to_be_visible()


def test_the_links_of_a_cached_task_are_clicked(digits: list[Run], page: Page) -> None:
    _, run, _ = digits
    address = f"{run.airflow.url}/dags/{run.dag_id}/runs/{quote(run.run_id, safe='')}"
    for link, told in (("Producing run", "2 completed"), ("Lineage", "1 cached, 1 completed")):
        page.goto(f"{address}/tasks/step_1/details")
        extra = page.get_by_role("link", name=link, exact=True)
        extra.evaluate("link => link.removeAttribute('target')")  # Airflow 3.1: a new window
        extra.click()
        expect(page.get_by_text(told)).to_be_visible()
        expect(page.get_by_role("complementary", name="Details of step_1")).to_be_visible()
        expect(page.get_by_role("link", name="Lineage")).to_have_attribute("aria-current", "page")


def test_docstrings_are_the_documentation_of_the_dag_and_its_tasks(
    digits: list[Run], page: Page
) -> None:
    dag = f"{digits[0].airflow.url}/dags/{digits[0].dag_id}"
    for address, button, told in (
        (dag, "Dag Docs", "Loads the digits and trains a classifier on them."),
        (f"{dag}/tasks/step_2", "Documentation", "Train a sklearn SVC classifier."),
    ):
        page.goto(address)
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_contain_text(told)
