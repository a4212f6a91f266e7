"""The Lineage tab of the seed's three runs, and of a run of 500 steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_projects import Run
from devtools.airflow_server import AirflowServer
from lineage_graph import dashed_links
from playwright.sync_api import Page, expect

from zruntime.keys import Reason
from zruntime.planning import Plan, StepPlan
from zruntime.records import Records
from zruntime.spec import OutputRef, PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, LocalStore, Producer

SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
"""Where the pictures of the seed's runs are kept, to be looked at."""
ARTIFACTS = ("X_train", "X_test", "y_train", "y_test")
GREEN, BLUE = "rgb(191, 215, 181)", "rgb(34, 87, 122)"


@pytest.mark.parametrize(
    ("index", "loader"), [(0, "completed"), (1, "cached"), (2, "completed")], ids=str
)
def test_the_seeds_runs_give_the_seeds_pictures(
    digits: list[Run], page: Page, index: int, loader: str
) -> None:
    run = digits[index]
    asked: set[str] = set()
    page.on("request", lambda each: "/zcompile/api/" in each.url and asked.add(each.url))
    page.goto(f"{run.airflow.url}/dags/{run.dag_id}/runs/{run.run_id}/plugin/zcompile-lineage")
    expected = {
        f"step_1, step, {loader}": loader,
        **{f"{name}, artifact, {loader}": loader for name in ARTIFACTS},
        "step_2, step, completed": "completed",
        "output, artifact, completed": "completed",
    }
    expect(page.locator("[data-node]")).to_have_count(len(expected))
    for name, state in expected.items():
        body = page.get_by_role("button", name=name, exact=True).locator(".zc-body")
        expect(body).to_have_css("fill", GREEN if state == "cached" else BLUE)
    circles = page.locator("[data-node] circle.zc-body")
    squares = page.locator("[data-node] rect.zc-body")
    expect(circles).to_have_count(2)
    expect(squares).to_have_count(5)
    dashed = len(ARTIFACTS) + len(ARTIFACTS[::2]) if loader == "cached" else 0
    assert dashed_links(page) == dashed
    SCREENSHOTS.mkdir(exist_ok=True)
    assert page.screenshot(path=SCREENSHOTS / f"run_{index + 1}.png")
    assert len(asked) == 1, "all that the page shows is in one answer"


BIG = "lineage_big"
DAG = f"""
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("{BIG}", schedule=None):
    EmptyOperator(task_id="step_0")
"""


@pytest.fixture(scope="module")
def big(airflow: AirflowServer) -> Iterator[str]:
    """Address of a run of 500 steps in 25 layers, of which each takes two of the layer before."""
    (airflow.dags / f"{BIG}.py").write_text(DAG)
    airflow.wait_for_dag(BIG)
    run_id = airflow.trigger(BIG)

    def step(index: int) -> StepSpec:
        before = [(index // 20 - 1) * 20 + (index * factor) % 20 for factor in (3, 7)]
        sources = {f"x{at}": OutputRef(f"step_{at}", "output") for at in before if index >= 20}
        return StepSpec(
            name=f"step_{index}",
            function="work",
            entrypoint="m:work",
            code="c" * 64,
            inputs=sources,
            outputs={"output": "numpy:ndarray"},
        )

    spec = PipelineSpec(BIG, tuple(map(step, range(500))))
    made = ArtifactRef("a" * 64, 735_872, "numpy:ndarray", "numpy/1")
    plans = {
        each.name: StepPlan(each.name, "run", Reason("first run of this step"))
        if at % 7 == 0
        else StepPlan(
            each.name,
            "cached",
            key="b" * 64,
            outputs={"output": made},
            producer=Producer(BIG, "before", each.name),
            saved=2.0,
        )
        for at, each in enumerate(spec.steps)
    }
    with LocalStore(airflow.home / "zcompile") as store:
        Records(store).start(spec, Plan(plans), run_id, dag_id=BIG)
    yield f"{airflow.url}/dags/{BIG}/runs/{run_id}/plugin/zcompile-lineage"
    (airflow.dags / f"{BIG}.py").unlink()


def test_500_steps_are_searched_and_opened(big: str, page: Page) -> None:
    page.goto(big)
    expect(page.get_by_text("428 cached, 72 waiting")).to_be_visible()
    expect(page.locator("[data-node]")).to_have_count(500 + 500)
    expect(page.locator(".zc-far")).to_have_count(1)
    search = page.get_by_role("searchbox")
    search.fill("step_499")
    search.press("Enter")
    expect(page.locator(".zc-far")).to_have_count(0)
    opened = page.get_by_role("button", name=re.compile("^step_499, "))
    expect(opened).to_be_in_viewport()
    details = page.get_by_role("complementary", name="Details of step_499")
    expect(details).to_contain_text("saved" if 499 % 7 else "first run of this step")
