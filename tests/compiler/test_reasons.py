"""Why a step runs is told in the same words wherever it is told."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from compiling import write_files, zcompile

from zcompile import get_pipeline

SOURCE = """
from zcompile import step, pipeline
from features import Scaler, scale

@step
def make(count: int = 1) -> int:
    return count

@step
def use(value: int, options: dict = {"depth": 1, "width": 2}) -> float:
    return Scaler().apply(scale(value)) * options["depth"]

@step
def tell(value: float) -> str:
    return str(value)

@pipeline
def simple(start: int = 1):
    tell(use(make(start)))
"""

FEATURES = """
FACTOR = 2

class Scaler:
    def apply(self, value):
        return value * FACTOR

def scale(value):
    return value
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": SOURCE, "features.py": FEATURES})
    monkeypatch.chdir(tmp_path)
    zcompile("run", "pipeline.py", "--run-name", "first")
    return tmp_path


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert text.count(old) == 1
    write_files(folder, {file: text.replace(old, new)})


def planned() -> dict[str, dict[str, Any]]:
    (plan,) = json.loads(zcompile("plan", "pipeline.py", "--format", "json").out)["plans"]
    return {step["name"]: step for step in plan["steps"]}


EDITS = {
    "a helper": (
        ("features.py", "return value\n", "return value + 1\n"),
        "code: function `scale` in features.py changed",
        ["-    return value", "+    return value + 1"],
    ),
    "a constant": (
        ("features.py", "FACTOR = 2", "FACTOR = 3"),
        "code: value `FACTOR` in features.py changed",
        ["-FACTOR = 2", "+FACTOR = 3"],
    ),
    "a method": (
        ("features.py", "value * FACTOR", "value + FACTOR"),
        "code: class `Scaler` in features.py changed (method `apply`)",
        ["-        return value * FACTOR", "+        return value + FACTOR"],
    ),
    "an item of a parameter": (
        ("pipeline.py", '"depth": 1', '"depth": 5'),
        "code: function `use` in pipeline.py changed (default of `options`); "
        "parameter options.depth 1 -> 5",
        [
            '-def use(value: int, options: dict = {"depth": 1, "width": 2}) -> float:',
            '+def use(value: int, options: dict = {"depth": 5, "width": 2}) -> float:',
        ],
    ),
    "the version": (
        ("pipeline.py", "@step\ndef use", '@step(cache_version="2")\ndef use'),
        "cache_version unset -> '2'",
        [],
    ),
    "an annotation": (
        ("pipeline.py", "def use(value: int, ", "def use(value: float, "),
        "code: function `use` in pipeline.py changed",
        [
            '-def use(value: int, options: dict = {"depth": 1, "width": 2}) -> float:',
            '+def use(value: float, options: dict = {"depth": 1, "width": 2}) -> float:',
        ],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_reason_is_the_same_in_plan_log_record_and_commands(
    name: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (file, old, new), reason, changed_lines = EDITS[name]
    edit(folder, file, old, new)
    plan = planned()["use"]
    plan_text = zcompile("plan", "pipeline.py").out
    with caplog.at_level(logging.INFO, "zruntime"):
        log_text = zcompile("run", "pipeline.py").out
    pipeline = get_pipeline("simple")
    assert pipeline is not None
    record = pipeline.runs[-1].get_step("use")
    shown = zcompile("runs", "show").out
    (shown_json,) = (
        step
        for step in json.loads(zcompile("runs", "show", "--format", "json").out)["run"]["steps"]
        if step["name"] == "use"
    )

    assert plan["reason"] == record.reason == shown_json["reason"] == reason
    diff = "\n".join(plan["diffs"])
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in _HEADS]
    assert lines == changed_lines
    assert plan["diffs"] == [*record.diffs] == shown_json["diffs"]
    assert f"run      use   {reason}\n" in plan_text
    assert "\n".join([f"use: {reason}.", *plan["diffs"]]) in log_text
    assert f"  {reason}; output: " in shown
    assert diff in plan_text
    assert diff in shown


_HEADS = ("+++", "---")


def test_what_depends_on_it_names_the_step_and_run_that_made_its_input(folder: Path) -> None:
    edit(folder, "features.py", "return value\n", "return value + 1\n")
    assert planned()["tell"]["reason"] == "depends on use"
    log = zcompile("run", "pipeline.py", "--run-name", "second").out
    reason = "input value changed (made by use in run second)"
    assert f"tell: {reason}.\n" in log
    pipeline = get_pipeline("simple")
    assert pipeline is not None
    assert pipeline.runs[-1].get_step("tell").reason == reason
    assert pipeline.runs[-1].get_step("make").reason == ""


def test_a_step_that_fails_keeps_the_reason_why_it_ran(folder: Path) -> None:
    edit(folder, "features.py", "return value\n", "return value / 0\n")
    assert zcompile("run", "pipeline.py").code == 1
    pipeline = get_pipeline("simple")
    assert pipeline is not None
    failed = pipeline.runs[-1].get_step("use")
    assert failed.status == "failed"
    assert failed.reason == "code: function `scale` in features.py changed"
    assert "+    return value / 0" in failed.diffs[0]


def test_a_renamed_pipeline_is_compared_with_the_results_it_shares(folder: Path) -> None:
    edit(folder, "pipeline.py", "def simple", "def renamed")
    zcompile("run", "pipeline.py")
    edit(folder, "features.py", "return value\n", "return value + 1\n")
    assert planned()["use"]["reason"] == "code: function `scale` in features.py changed"


MAPPED = """
from zcompile import step, pipeline
from features import scale

@step
def numbers() -> list[int]:
    return [1, 2, 3]

@step
def use(value: int) -> int:
    return scale(value)

@pipeline
def fan():
    use.map(numbers())
"""


def test_a_mapped_step_tells_the_reasons_of_its_instances(folder: Path) -> None:
    write_files(folder, {"pipeline.py": MAPPED})
    zcompile("run", "pipeline.py")
    edit(folder, "features.py", "return value\n", "return value + 1\n")
    reason = "code: function `scale` in features.py changed"
    plan = planned()["use"]
    assert [instance["reason"] for instance in plan["instances"]] == [reason] * 3
    log = zcompile("run", "pipeline.py").out
    pipeline = get_pipeline("fan")
    assert pipeline is not None
    record = pipeline.runs[-1].get_step("use")
    assert record.reason == f"3 of 3 instances: {reason}"
    assert [*record.diffs] == plan["instances"][0]["diffs"]
    assert "+    return value + 1" in record.diffs[0]
    assert f"use[2]: {reason}.\n{record.diffs[0]}\n" in log
