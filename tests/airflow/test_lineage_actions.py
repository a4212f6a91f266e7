"""What people do from the pages of a running Airflow: with a click, and a confirmation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_projects import PIPELINES, Project, Run
from devtools.airflow_client import wait_until
from devtools.airflow_server import AirflowServer
from logins import log_in, token
from playwright.sync_api import Locator, Page, expect

from zruntime.store import LocalStore
from zruntime.store.pins import pinned

HOSTILE = "<img src=x onerror=alert(1)>"
FROM_HERE = "Run from here without cache"


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the pipeline reads without the cache's knowledge; HTML is in its name."""
    return tmp_path_factory.mktemp("numbers") / f"{HOSTILE.replace('/', '')}.json"


@pytest.fixture(scope="module")
def project(
    airflow: AirflowServer, tmp_path_factory: pytest.TempPathFactory, numbers: Path
) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("again") / "project"
    source = PIPELINES / "again.py"
    with Project(airflow, source, folder, "page_actions", {}, own_store=False) as project:
        project.config["steps"] = {"source": {"parameters": {"file": str(numbers)}}}
        project.compile()
        yield project


@pytest.fixture(scope="module")
def cached(project: Project, numbers: Path) -> Run:
    """A run whose steps are all cached; the report is skipped."""
    numbers.write_text("[1, 2]")
    project.run()
    run = project.run()
    assert {state for step, state in run.records.items() if step != "report"} == {"cached"}
    assert run.records["report"] == "skipped"
    return run


def open_step(page: Page, run: Run, step: str, output: str = "") -> Locator:
    """The details of a step, or of an artifact of it."""
    query = f"?step={step}" + (f"&output={output}" if output else "")
    page.goto(
        f"{run.airflow.url}/dags/{run.dag_id}/runs/{run.run_id}/plugin/zcompile-lineage{query}"
    )
    return page.get_by_role("complementary", name=f"Details of {output or step}")


def ask(part: Locator | Page, name: str) -> Locator:
    """The dialog that a button opens."""
    part.get_by_role("button", name=name).click()
    return part.get_by_role("dialog", name=name)


def ended_again(run: Run, tries: int) -> Run:
    """The run once its step `source` was tried so often and all has ended."""
    wait_until(
        lambda: run.tries("source") >= tries or None, timeout=60, failure=lambda: "not cleared"
    )
    state = run.airflow.wait_for_run(run.dag_id, run.run_id)
    return Run(run.airflow, run.store, run.dag_id, run.run_id, state)


def test_a_step_and_what_depends_on_it_really_run_again(
    cached: Run, numbers: Path, page: Page
) -> None:
    numbers.write_text("[1, 2, 3]")
    details = open_step(page, cached, "source")
    dialog = ask(details, FROM_HERE)
    expect(dialog).to_contain_text("source and all steps that depend on it")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    ask(details, FROM_HERE).get_by_role("button", name="Run").click()
    expect(details).to_contain_text("Airflow runs it again.")
    expect(page.get_by_text("1 cached, 5 completed")).to_be_visible(timeout=60_000)
    again = ended_again(cached, 1)
    steps = {step.name: step for step in again.record.steps}
    assert steps.pop("apart").state == "cached"
    assert {step.state for step in steps.values()} == {"completed"}, "the report, too"
    assert steps["scaled"].instances
    assert [item.state for item in steps["scaled"].instances] == ["completed"] * 3

    # All of it is stored now, and none of it is looked up.
    ask(details, FROM_HERE).get_by_role("button", name="Run").click()
    steps = {step.name: step for step in ended_again(cached, 2).record.steps}
    assert steps.pop("apart").state == "cached"
    assert {step.state for step in steps.values()} == {"completed"}
    assert {"cleared" in step.reason for step in steps.values()} == {True}


def test_a_result_is_invalidated_for_the_next_run(
    project: Project, cached: Run, page: Page
) -> None:
    details = open_step(page, cached, "apart")
    dialog = ask(details, "Invalidate result")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    ask(details, "Invalidate result").get_by_role("button", name="Invalidate").click()
    expect(details.get_by_role("status")).to_have_text("1 result forgotten.")
    asked = {"dag_id": cached.dag_id, "run_id": cached.run_id, "task_id": "apart"}
    events = cached.airflow.get("eventLogs", **asked)["event_logs"]
    assert [event["event"] for event in events if event["event"].startswith("zcompile")] == [
        "zcompile_invalidate_result"
    ]

    page.goto(f"{cached.airflow.url}/dags/{project.dag_id}/plugin/zcompile-cached-steps")
    name = "Invalidate all results of total"
    dialog = ask(page, name)
    expect(dialog).to_contain_text("whatever its parameters and inputs were")
    assert dialog.evaluate("shown => shown.scrollWidth <= shown.clientWidth"), "the text fits"
    dialog.get_by_role("button", name="Invalidate").click()
    expect(page.get_by_text(re.compile("^[12] results? forgotten"))).to_be_visible()

    again = project.run()
    assert {step for step, state in again.records.items() if state == "completed"} == {
        "apart",
        "total",
    }


def test_an_artifact_is_pinned_and_unpinned(cached: Run, page: Page) -> None:
    def pins() -> frozenset[str]:
        with LocalStore(cached.store) as store:
            return pinned(store)

    digest = next(s for s in cached.record.steps if s.name == "source").outputs["output"].digest
    details = open_step(page, cached, "source", "output")
    ask(details, "Pin artifact").get_by_role("button", name="Pin").click()
    expect(details).to_contain_text("No garbage collection removes it.")
    assert digest in pins()
    dialog = ask(details, "Unpin artifact")
    dialog.get_by_role("button", name="Unpin").click()
    expect(details.get_by_role("button", name="Pin artifact", exact=True)).to_be_visible()
    assert digest not in pins()


def test_a_viewer_sees_no_actions(cached: Run, page: Page) -> None:
    log_in(page.context, cached.airflow, "viewer")
    bearer = f"Bearer {token(cached.airflow, 'viewer')}"
    page.context.set_extra_http_headers({"Authorization": bearer})
    details = open_step(page, cached, "source")
    expect(details).to_contain_text("Parameters")
    for name in ("Run", "Invalidate", "Pin"):
        expect(page.get_by_role("button", name=re.compile(f"^{name}\\b"))).to_have_count(0)
    page.goto(f"{cached.airflow.url}/dags/{cached.dag_id}/plugin/zcompile-cached-steps")
    expect(page.get_by_role("columnheader", name="Saved")).to_be_visible()
    expect(page.get_by_role("button", name="Invalidate")).to_have_count(0)


def test_another_site_cannot_act(cached: Run, page: Page) -> None:
    """A page of another origin on this host, whose requests carry the cookie of the user."""
    page.goto(cached.airflow.url)
    api = f"{cached.airflow.url}/zcompile/api/dags/{cached.dag_id}/steps/source/invalidate"
    page.route("http://127.0.0.1:9/*", lambda route: route.fulfill(body="<p>", status=200))
    page.goto("http://127.0.0.1:9/evil")
    answers = page.evaluate(SENT_FROM_ELSEWHERE, api)
    assert answers["fetch"] == "refused"
    with LocalStore(cached.store) as store:
        assert any(entry.producer.step == "source" for entry in store.entries())


SENT_FROM_ELSEWHERE = """async (url) => {
    const json = { "Content-Type": "application/json" };
    const sent = (options) =>
        fetch(url, { method: "POST", body: "{}", credentials: "include", ...options })
            .then((answer) => String(answer.status), () => "refused");
    await sent({ mode: "no-cors", headers: { "Content-Type": "text/plain" } });
    return { fetch: await sent({ headers: json }) };
}"""


def test_html_in_parameters_names_and_artifacts_is_text(
    cached: Run, page: Page, numbers: Path
) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    details = open_step(page, cached, "source")
    expect(details).to_contain_text(numbers.name)
    expect(open_step(page, cached, "apart", "output")).to_contain_text(HOSTILE)
    expect(page.locator('img[src="x"]')).to_have_count(0)
    assert not asked
