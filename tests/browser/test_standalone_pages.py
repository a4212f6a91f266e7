"""The pages without Airflow, in a real browser: `zcompile ui`, and a run in one file."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

SCRIPT = """
from zcompile import pipeline, step
from zcompile.visualizers import PipelineRunLineageVisualizer

@step
def load() -> list[int]:
    return [1, 2, 3]

@step(enable_cache=False)
def add(rows: list[int], offset: int = 1) -> int:
    return sum(rows) + offset

@step
def fail(total: int) -> str:
    raise ValueError("<img src=x onerror=alert(1)>")

@pipeline
def sums(offset: int = 1):
    add(load(), offset=offset)

@pipeline
def broken():
    fail(add(load()))

if __name__ == "__main__":
    sums.with_options(run_name="two more")(offset=2)
    sums()
    sums()
    print(PipelineRunLineageVisualizer().visualize(sums.get_runs()[-1]))
    broken()
"""
LOOK = """
from zcompile import get_pipeline
from zcompile.visualizers import PipelineRunLineageVisualizer
PipelineRunLineageVisualizer().visualize(get_pipeline("sums").runs[-1])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with three runs that went well, and one that did not."""
    folder = tmp_path_factory.mktemp("sums")
    (folder / "pipeline.py").write_text(SCRIPT)
    done = run(folder, sys.executable, "pipeline.py")
    assert "ValueError" in done.stderr
    assert re.search(r"^http://127.0.0.1:\d+/runs/sums/sums-", done.stdout, re.MULTILINE)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where `zcompile ui` serves the runs, until Ctrl-C."""
    command = [sys.executable, "-m", "zcompile", "ui", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=-1, text=True) as ui:
        assert ui.stdout
        told = [ui.stdout.readline() for _ in range(2)]
        yield told[1].split()[0]
        ui.send_signal(signal.SIGINT)
        assert ui.wait(20) == 0


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )


def environment(folder: Path) -> dict[str, str]:
    """One without a screen, so that nothing opens a browser."""
    found = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    found.pop("BROWSER", None)
    return {**found, "ZCOMPILE_STORE": str(folder / "store"), "PYTHONUNBUFFERED": "1"}


def test_a_script_that_only_looks_at_a_run_tells_where_it_is_shown(folder: Path) -> None:
    done = run(folder, sys.executable, "-c", LOOK)
    assert re.search(r"sums-\S+ is shown at http://127.0.0.1:\d+/runs/sums/sums-", done.stdout)


def test_runs_are_listed_and_lead_to_their_lineage(address: str, page: Page) -> None:
    page.goto(address)
    rows = page.get_by_role("row")
    expect(rows).to_have_count(5)
    expect(rows.nth(1)).to_contain_text("broken")
    expect(rows.nth(1)).to_contain_text("1 cached, 1 completed, 1 failed")
    rows.nth(2).get_by_role("link").click()
    expect(page.get_by_text("1 cached, 1 completed, saved")).to_be_visible()
    expect(page.locator("[data-node]")).to_have_count(4)
    page.get_by_role("button", name="load, step, cached").click()
    producing = page.get_by_role("complementary").get_by_role("link")
    expect(producing).to_have_count(1)
    producing.click()
    expect(page.get_by_text("2 completed")).to_be_visible()
    page.get_by_role("link", name="Runs").click()
    expect(rows).to_have_count(5)


def test_an_address_of_a_step_shows_it(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_role("button", name="fail, step, failed").click()
    page.reload()
    details = page.get_by_role("complementary", name="Details of fail")
    expect(details).to_contain_text("ValueError: <img src=x onerror=alert(1)>")
    expect(page.locator("img")).to_have_count(0)


def test_two_runs_are_compared(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("row").nth(2).get_by_role("link").click()
    page.get_by_role("button", name="Compare").click()
    choice = page.get_by_role("dialog", name="Compare with another run")
    expect(choice.get_by_role("row")).to_have_count(3)
    choice.get_by_role("button", name="two more").click()
    expect(page.get_by_text("1 of 2 steps differ")).to_be_visible()
    expect(page.get_by_role("button", name="load, step, cached, same")).to_be_visible()
    listed = page.get_by_role("complementary", name="Steps that differ")
    expect(listed).to_contain_text("parameter offset 2 -> 1")
    page.get_by_role("button", name="add, step, completed, changed").click()
    page.reload()
    details = page.get_by_role("complementary", name="Details of add")
    expect(details.get_by_role("row", name="Parameter offset")).to_contain_text("21")
    expect(details.get_by_role("row", name="Result output differs")).to_be_visible()
    page.get_by_role("button", name="End comparison").click()
    expect(page.get_by_text("1 cached, 1 completed, saved")).to_be_visible()


def test_a_result_is_invalidated_and_an_artifact_pinned(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("row").nth(2).get_by_role("link").click()
    page.get_by_role("button", name="load, step, cached").click()
    page.get_by_role("button", name="Invalidate result").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    for told in ("1 result forgotten.", "Nothing was stored here."):
        page.get_by_role("button", name="Invalidate result").click()
        dialog = page.get_by_role("dialog", name="Invalidate result")
        dialog.get_by_role("button", name="Invalidate").click()
        expect(page.get_by_text(told)).to_be_visible()
        expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Run from here")).to_have_count(0)
    page.get_by_role("button", name="output, artifact, cached").click()
    for verb, other in (("Pin", "Unpin"), ("Unpin", "Pin")):
        page.get_by_role("button", name=f"{verb} artifact", exact=True).click()
        dialog = page.get_by_role("dialog", name=f"{verb} artifact", exact=True)
        dialog.get_by_role("button", name=verb).click()
        expect(page.get_by_role("button", name=f"{other} artifact", exact=True)).to_be_visible()


def test_a_run_that_is_not_there(address: str, page: Page) -> None:
    page.goto(f"{address}runs/sums/absent")
    expect(page.get_by_text("No steps recorded")).to_be_visible()


def test_a_file_shows_a_run_without_any_server(folder: Path, browser: Browser) -> None:
    done = run(folder, sys.executable, "-m", "zcompile", "graph", "--html", "run.html")
    assert done.returncode == 0, done.stderr
    told: list[str] = []
    with browser.new_context(color_scheme="dark") as own:
        page = own.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("request", lambda asked: told.append(asked.url))
        file = (folder / "run.html").as_uri()
        page.goto(file)
        expect(page.get_by_text("1 cached, 1 completed, 1 failed")).to_be_visible()
        page.get_by_role("button", name="fail, step, failed").click()
        expect(page).to_have_url(f"{file}#step=fail")
        page.reload()
        details = page.get_by_role("complementary", name="Details of fail")
        expect(details).to_contain_text("ValueError: <img src=x onerror=alert(1)>")
        expect(page.locator("img")).to_have_count(0)
    assert {url for url in told if not url.startswith((file, "data:"))} == set()
