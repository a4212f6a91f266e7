"""The Lineage tab of a Dag run in a running Airflow, and the record that it asks for."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from devtools.airflow_server import AirflowServer
from lineage_graph import dashed_links
from logins import log_in, token
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from zruntime.execution import StepResult
from zruntime.keys import Reason
from zruntime.planning import Plan, StepPlan
from zruntime.records import Records, RunRecord
from zruntime.spec import OutputRef, PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Entry, LocalStore, Producer

DAG_ID = "page_demo"
DAG = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("page_demo", schedule=None):
    EmptyOperator(task_id="load") >> EmptyOperator(task_id="train") >> EmptyOperator(task_id="test")
"""

FIRST = "manual__2026-11-22T09:00:00+00:00"
SECOND = "manual__2026-11-22T10:00:00+00:00"
BROKEN = "manual__2026-11-22T11:00:00+00:00"
LIVE = "manual__2026-11-22T12:00:00+00:00"
FOREIGN = "manual__2026-11-22T13:00:00+00:00"
MAPPED = "manual__2026-11-22T14:00:00+00:00"

BADGES = {
    "cached": "rgb(191, 215, 181)",
    "completed": "rgb(34, 87, 122)",
    "running": "rgb(255, 177, 0)",
    "failed": "rgb(173, 93, 78)",
}
"""The background of each state: #BFD7B5, #22577A, #FFB100, #AD5D4E."""


def _step(name: str, inputs: Mapping[str, OutputRef], parameters: Mapping[str, Any]) -> StepSpec:
    return StepSpec(
        name=name,
        function=f"digits_{name}",
        entrypoint=f"pipeline:digits_{name}",
        code="c" * 64,
        parameters=parameters,
        inputs=inputs,
        outputs={"output": "numpy:ndarray"},
    )


SPEC = PipelineSpec(
    name="page_demo_digits",
    steps=(
        _step("load", {}, {}),
        _step("train", {"X_train": OutputRef("load", "output")}, {"gamma": 0.01}),
        _step("test", {"model": OutputRef("train", "output")}, {"note": "long" * 75}),
    ),
)


@dataclass(frozen=True, slots=True)
class Demo:
    """Runs of one Dag, and the means to record how their steps go."""

    airflow: AirflowServer
    records: Records

    def run(self, run_id: str, plans: Mapping[str, StepPlan], **switch: bool) -> RunRecord:
        reason = Reason("first run of this step")
        steps = {step.name: StepPlan(step.name, "run", reason) for step in SPEC.steps}
        plan = Plan({**steps, **plans})
        return self.records.start(SPEC, plan, run_id, dag_id=DAG_ID, **switch)

    def complete(
        self, run: RunRecord, name: str, duration: float, reason: str = "", diff: str = ""
    ) -> None:
        result = StepResult(
            state="completed",
            key=name.encode().hex().ljust(64, "0"),
            parts={},
            outputs={"output": artifact()},
            producer=Producer(SPEC.name, run.name, name),
            started=time.time(),
            duration=duration,
        )
        self.records.step_ended(
            run, SPEC.step(name), result, Reason(reason, diffs=(diff,) if diff else ())
        )

    def page(self, run_id: str) -> str:
        """Address of a run's page, as Airflow's own links write it."""
        return f"{self.airflow.url}/dags/{DAG_ID}/runs/{run_id}"

    def record(self, run_id: str, **headers: str) -> httpx.Response:
        path = f"/zcompile/api/dags/{DAG_ID}/runs/{quote(run_id, safe='')}"
        headers = {"Authorization": f"Bearer {token(self.airflow)}", **headers}
        return httpx.get(self.airflow.url + path, headers=headers, trust_env=False)


def artifact() -> ArtifactRef:
    return ArtifactRef("a" * 64, 735_872, "numpy:ndarray", "numpy/1", metadata={"mean": 4.9})


def cached(name: str, producer: Producer, saved: float) -> StepPlan:
    return StepPlan(
        name, "cached", key="b" * 64, outputs={"output": artifact()}, producer=producer, saved=saved
    )


@pytest.fixture(scope="module")
def demo(airflow: AirflowServer) -> Iterator[Demo]:
    """A run that computed everything, and one that took two of three steps from the cache."""
    (airflow.dags / "page_demo.py").write_text(DAG)
    airflow.wait_for_dag(DAG_ID)
    for run_id in (FIRST, SECOND, BROKEN, LIVE, FOREIGN, MAPPED):
        airflow.trigger(DAG_ID, run_id=run_id)
    with LocalStore(airflow.home / "zcompile") as store:
        demo = Demo(airflow, Records(store))
        first = demo.run(FIRST, {})
        for name, duration in (("load", 0.135), ("train", 2.0), ("test", 0.25)):
            demo.complete(first, name, duration, "first run of this step")
        produced = {
            "load": cached("load", producer("load"), 0.135),
            "test": cached("test", Producer(SPEC.name, "on a laptop", "test"), 61.0),
        }
        second = demo.run(SECOND, produced)
        diff = "--- pipeline.py\n+++ pipeline.py\n-    return <old>\n+    return <new>"
        demo.complete(second, "train", 0.361, "parameter gamma 0.001 -> 0.01", diff)
        store.save(Entry("d" * 64, {"output": artifact()}, producer("load"), 0.135, time.time()))
        yield demo


def producer(step: str) -> Producer:
    return Producer(SPEC.name, FIRST, step)


def test_the_record_of_a_run(demo: Demo) -> None:
    answer = demo.record(SECOND)
    assert answer.status_code == 200
    run = answer.json()
    assert (run["pipeline"], run["name"], run["status"]) == (SPEC.name, SECOND, "completed")
    steps = {step["name"]: step for step in run["steps"]}
    assert {name: step["state"] for name, step in steps.items()} == {
        "load": "cached",
        "train": "completed",
        "test": "cached",
    }
    assert steps["load"]["producer"] == {"pipeline": SPEC.name, "run": FIRST, "step": "load"}
    assert steps["load"]["producer_dag_id"] == DAG_ID
    assert steps["test"]["producer_dag_id"] is None, "a laptop's run has no page in Airflow"
    assert steps["train"]["parameters"] == {"gamma": 0.01}


def test_a_record_is_sent_once_while_it_does_not_change(demo: Demo) -> None:
    etag = demo.record(FIRST).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        answer = demo.record(FIRST, **{"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    assert demo.record(SECOND, **{"If-None-Match": etag}).status_code == 200


def test_a_run_without_a_record(demo: Demo) -> None:
    answer = demo.record("manual__absent+1")
    assert answer.status_code == 404
    assert "manual__absent+1" in answer.json()["detail"]


@pytest.mark.parametrize(("role", "status"), [("viewer", 200), (None, 403)])
def test_a_record_is_for_those_who_may_see_the_dags_runs(
    demo: Demo, role: str | None, status: int
) -> None:
    answer = demo.record(FIRST, Authorization=f"Bearer {token(demo.airflow, role)}")
    assert answer.status_code == status


@pytest.fixture(params=["light", "dark"])
def themed(
    browser: Browser, airflow: AirflowServer, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page of a visitor who prefers a light or a dark theme."""
    with browser.new_context(
        color_scheme=request.param, viewport={"width": 1400, "height": 800}
    ) as own:
        log_in(own, airflow)
        yield own.new_page()


def row(page: Page, step: str) -> Any:
    return page.locator(f"tr[data-step={step}]")


def node(page: Page, name: str) -> Any:
    """A step or an artifact in the graph."""
    return page.get_by_role("button", name=re.compile(f"^{re.escape(name)}, (step|artifact), "))


def details(page: Page, name: str) -> Any:
    return page.get_by_role("complementary", name=f"Details of {name}")


def open_graph(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Lineage").click()


def open_tab(page: Page, address: str) -> None:
    page.goto(f"{address}/plugin/zcompile-lineage?view=table")


def test_the_tab_tells_what_was_cached_and_why_the_rest_was_not(demo: Demo, themed: Page) -> None:
    open_tab(themed, demo.page(SECOND))
    expect(themed.get_by_text("2 cached, 1 completed, saved 1 min 1 s")).to_be_visible()
    expect(row(themed, "load")).to_contain_text(f"Computed by load in run {FIRST}")
    expect(row(themed, "load")).to_contain_text("0.135 s")
    expect(row(themed, "train")).to_contain_text("parameter gamma 0.001 -> 0.01")
    expect(row(themed, "train")).to_contain_text("0.361 s")
    expect(row(themed, "test").get_by_role("link")).to_have_count(0)
    for step, state in (("load", "cached"), ("train", "completed"), ("test", "cached")):
        badge = row(themed, step).locator("[data-state]")
        expect(badge).to_have_text(state)
        expect(badge).to_have_css("background-color", BADGES[state])
    expect(themed.get_by_role("list", name="Legend").get_by_role("listitem")).to_have_text(
        ["cached", "completed", "running", "failed", "skipped", "waiting"]
    )


def test_the_tab_is_in_the_hosts_theme(
    demo: Demo, themed: Page, request: pytest.FixtureRequest
) -> None:
    open_tab(themed, demo.page(SECOND))
    title = themed.get_by_text("2 cached, 1 completed")
    expect(title).to_be_visible()
    theme = themed.evaluate("document.documentElement.className")
    assert theme in request.node.name
    text, ground = (
        brightness(themed, css, of)
        for css, of in (("color", ".zc-title"), ("background-color", "html"))
    )
    assert (text < ground) == (theme == "light")
    assert abs(text - ground) > 150


def brightness(page: Page, css: str, selector: str) -> float:
    """From 0, black, to 255, white."""
    channels = page.evaluate(
        """([selector, css]) => {
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.fillStyle = getComputedStyle(document.querySelector(selector))[css];
            canvas.fillRect(0, 0, 1, 1);
            return Array.from(canvas.getImageData(0, 0, 1, 1).data);
        }""",
        [selector, css],
    )
    assert channels[3] == 255
    return float(sum(channels[:3])) / 3


def test_the_graph_shows_steps_and_artifacts_in_their_states(demo: Demo, themed: Page) -> None:
    open_graph(themed, demo.page(SECOND))
    nodes = themed.locator("[data-node]")
    expect(nodes).to_have_count(6)
    told = [nodes.nth(index).get_attribute("aria-label") for index in range(6)]
    assert told == [
        "load, step, cached",
        "output, artifact, cached",
        "train, step, completed",
        "output, artifact, completed",
        "test, step, cached",
        "output, artifact, cached",
    ]
    for name, state in (("load", "cached"), ("train", "completed")):
        expect(node(themed, name).locator(".zc-body")).to_have_css("fill", BADGES[state])
    assert dashed_links(themed) == 3
    middles = [nodes.nth(index).locator(".zc-body").bounding_box() for index in range(6)]
    columns = [box["x"] + box["width"] / 2 for box in middles if box]
    assert columns == sorted(set(columns)), "a chain goes from left to right"


def test_the_graph_is_walked_with_keys_and_the_address_can_be_shared(
    demo: Demo, page: Page
) -> None:
    open_graph(page, demo.page(SECOND))
    node(page, "load").focus()
    for key in ("ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(node(page, "train")).to_be_focused()
    page.keyboard.press("Enter")
    expect(details(page, "train")).to_contain_text("parameter gamma 0.001 -> 0.01")
    expect(details(page, "train")).to_contain_text("+    return <new>")
    expect(page).to_have_url(re.compile(r"[?&]step=train$"))
    details(page, "train").get_by_role("button", name="output of load").click()
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    expect(details(page, "output")).to_contain_text("numpy.ndarray")
    expect(details(page, "output")).to_contain_text("736 kB")
    node(page, "load").focus()
    page.keyboard.press("Escape")
    expect(details(page, "output")).to_have_count(0)


def test_a_search_finds_nodes_and_goes_from_one_to_the_next(demo: Demo, page: Page) -> None:
    open_graph(page, demo.page(SECOND))
    search = page.get_by_role("searchbox")
    search.fill("output cached")
    expect(page.get_by_text("2 found")).to_be_visible()
    search.press("Enter")
    search.press("Enter")
    expect(page.get_by_text("2 of 2")).to_be_visible()
    expect(details(page, "output").get_by_role("button", name="test")).to_be_visible()
    search.fill("absent")
    expect(page.get_by_text("none", exact=True)).to_be_visible()


def test_the_graph_is_zoomed_and_fitted(demo: Demo, page: Page) -> None:
    open_graph(page, demo.page(SECOND))
    body = node(page, "train").locator(".zc-body")
    expect(body).to_be_visible()
    before = body.bounding_box()
    page.get_by_role("button", name="Zoom in").click()
    larger = body.bounding_box()
    page.get_by_role("button", name="Fit to view").click()
    assert before and larger
    assert larger["width"] > before["width"] * 1.3
    assert body.bounding_box() == pytest.approx(before, abs=1)


def test_long_texts_are_wrapped(demo: Demo, page: Page) -> None:
    page.goto(f"{demo.page(SECOND)}/plugin/zcompile-lineage?step=test")
    panel = details(page, "test")
    expect(panel).to_contain_text("long" * 75)
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")


def test_its_links_lead_to_the_producing_run_and_to_the_task(demo: Demo, page: Page) -> None:
    open_tab(page, demo.page(SECOND))
    row(page, "load").get_by_role("link", name=FIRST).click()
    expect(page.get_by_text("3 completed")).to_be_visible()
    node(page, "train").click()
    details(page, "train").get_by_role("link", name="Task instance and log").click()
    expect(page).to_have_url(re.compile(r"/runs/manual__2026-11-22T09(:|%3A)00.*/tasks/train"))
    expect(page.get_by_role("heading", name="train")).to_be_visible()


def test_a_run_is_followed_while_it_goes_on(demo: Demo, page: Page) -> None:
    run = demo.run(LIVE, {})
    demo.records.step_started(run, SPEC.step("load"), Reason())
    open_graph(page, demo.page(LIVE))
    made = page.get_by_role("button", name="output, artifact, waiting")
    expect(made).to_have_count(len(SPEC.steps))
    page.get_by_role("button", name="Table").click()
    expect(page.get_by_text("1 running, 2 waiting")).to_be_visible()
    running = row(page, "load").locator("[data-state=running]")
    expect(running).to_have_css("background-color", BADGES["running"])
    for name in ("load", "train", "test"):
        demo.complete(run, name, 0.5)
    expect(page.get_by_text("3 completed")).to_be_visible(timeout=15_000)


def test_a_failed_step_shows_its_error_as_text(demo: Demo, page: Page) -> None:
    run = demo.run(BROKEN, {}, enable_cache=False)
    demo.records.step_failed(
        run, SPEC.step("load"), time.time(), Reason(), ValueError("<b>no digits</b>")
    )
    open_tab(page, demo.page(BROKEN))
    expect(page.get_by_text("1 failed, 2 waiting")).to_be_visible()
    expect(page.get_by_text("with the cache switched off")).to_be_visible()
    badge = row(page, "load").locator("[data-state=failed]")
    expect(badge).to_have_css("background-color", BADGES["failed"])
    expect(row(page, "load")).to_contain_text("ValueError: <b>no digits</b>")


def test_a_mapped_step_lists_its_instances(demo: Demo, page: Page) -> None:
    made = cached("train", producer("train"), 2.0)
    mapped = replace(SPEC.step("train"), mapped=("X_train",))
    spec = replace(SPEC, steps=(SPEC.step("load"), mapped, SPEC.step("test")))
    plans = {
        "load": cached("load", producer("load"), 0.135),
        "train": StepPlan(
            "train", "run", instances=(made, StepPlan("train", "run", Reason("new")))
        ),
        "test": StepPlan("test", "skipped", Reason("train.output > 3 does not hold")),
    }
    run = demo.records.start(spec, Plan(plans), MAPPED, dag_id=DAG_ID)
    demo.records.step_started(run, mapped, Reason("first run of this instance"), 1)
    open_tab(page, demo.page(MAPPED))
    expect(page.get_by_text("1 cached, 1 running, 1 skipped")).to_be_visible()
    expect(row(page, "test")).to_contain_text("train.output > 3 does not hold")
    row(page, "train").get_by_text("2 instances: 1 cached, 1 running").click()
    instances = page.get_by_role("list", name="Instances of train").get_by_role("listitem")
    expect(instances).to_have_count(2)
    expect(instances.nth(1)).to_contain_text("first run of this instance")


def test_a_run_that_zcompile_did_not_record(demo: Demo, page: Page) -> None:
    open_graph(page, demo.page(FOREIGN))
    expect(page.get_by_text("No steps recorded")).to_be_visible()


def test_a_server_that_is_lost_and_found(demo: Demo, page: Page) -> None:
    page.route("**/zcompile/api/**", lambda route: route.abort())
    open_graph(page, demo.page(SECOND))
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    page.unroute("**/zcompile/api/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("2 cached, 1 completed")).to_be_visible()


def test_a_dag_shows_what_its_last_runs_took_from_the_cache(demo: Demo, themed: Page) -> None:
    themed.goto(f"{demo.airflow.url}/dags/{DAG_ID}")
    themed.get_by_role("link", name="Cached steps").click()
    table = themed.get_by_role("table").filter(has_text="From the cache")
    first, second = (
        table.get_by_role("link", name=re.compile(f"Lineage of run {re.escape(run_id)}"))
        for run_id in (FIRST, SECOND)
    )
    expect(second).to_be_visible()
    cells = table.locator(f'[data-run="{SECOND}"]')
    states = {"load": "cached", "train": "completed", "test": "cached"}
    expect(cells).to_have_count(len(states))
    for index, state in enumerate(states.values()):
        expect(cells.nth(index)).to_have_attribute("data-state", state)
        expect(cells.nth(index)).to_have_css("background-color", BADGES[state])
        expect(cells.nth(index).get_by_role("img", name=state)).to_be_visible()
    expect(table.get_by_role("row", name=re.compile("^test "))).to_contain_text("1 min 1 s")
    boxes = first.bounding_box(), second.bounding_box()
    assert boxes[0] and boxes[1]
    assert boxes[0]["x"] < boxes[1]["x"], "time goes to the right"
    cells.nth(1).click()
    expect(details(themed, "train")).to_contain_text("parameter gamma 0.001 -> 0.01")
    themed.go_back()
    table.locator("thead a").last.press("Tab")
    expect(table.locator('a[data-run][tabindex="0"]')).to_be_focused()
    cells.first.focus()
    for key, index in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1)):
        themed.keyboard.press(key)
        expect(cells.nth(index)).to_be_focused()
    themed.keyboard.press("Enter")
    expect(details(themed, "train")).to_contain_text("parameter gamma 0.001 -> 0.01")


def test_the_navigation_leads_to_the_store_in_numbers(demo: Demo, page: Page) -> None:
    page.goto(demo.airflow.url)
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("menuitem", name="Artifact cache").click()
    expect(page.get_by_role("heading", name="Artifact cache")).to_be_visible()
    expect(page.get_by_text("Counted at")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(f"load {SPEC.name} 1 736 kB"))).to_be_visible()
    expect(page.get_by_text("Times used again")).to_be_visible()


def ask_again(page: Page) -> Any:
    """Opens the dialog that runs a Dag again."""
    page.get_by_role("button", name="Run again without cache").click()
    return page.get_by_role("dialog", name="Run again without cache")


def test_a_run_is_repeated_without_the_cache(demo: Demo, page: Page) -> None:
    open_graph(page, demo.page(SECOND))
    dialog = ask_again(page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    ask_again(page).get_by_role("button", name="Run").click()
    expect(page.get_by_text("No steps recorded")).to_be_visible()
    found = re.search(r"/runs/([^/]+)/plugin/zcompile-lineage", page.url)
    assert found
    run = demo.airflow.get(f"dags/{DAG_ID}/dagRuns/{found[1]}")
    assert run["conf"] == {"enable_cache": False}
    assert unquote(found[1]) not in (FIRST, SECOND)
