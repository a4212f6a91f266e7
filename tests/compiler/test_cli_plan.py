"""`zcompile plan`: what would be cached, what would run, and why; nothing is done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from compiling import write_files, zcompile

from zcompile import get_pipeline

SOURCE = """
from zcompile import step, pipeline
from features import scale

@step
def make(count: int = 1) -> int:
    return count

@step
def use(value: int, factor: float = 2.0) -> float:
    return scale(value) * factor

@step
def tell(value: float) -> str:
    return str(value)

@pipeline
def simple(start: int = 1):
    tell(use(make(start)))
"""

FEATURES = "def scale(x):\n    return x\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": SOURCE, "features.py": FEATURES})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan(*arguments: str) -> dict[str, Any]:
    """The steps of the only plan, by name."""
    result = zcompile("plan", "pipeline.py", *arguments, "--format", "json")
    assert result.code == 0, result
    (found,) = json.loads(result.out)["plans"]
    return {step["name"]: step for step in found["steps"]}


def test_a_first_plan_writes_nothing(folder: Path, own_store: Path) -> None:
    before = set(folder.rglob("*"))
    steps = plan()
    assert [step["state"] for step in steps.values()] == ["run", "pending", "pending"]
    assert steps["make"]["reason"] == "first run of this step"
    assert steps["use"]["reason"] == "depends on make"
    assert set(folder.rglob("*")) == before
    assert not own_store.exists()


def test_after_a_run_all_is_cached_and_the_run_is_named() -> None:
    zcompile("run", "pipeline.py", "--run-name", "first")
    steps = plan()
    assert {step["state"] for step in steps.values()} == {"cached"}
    assert steps["use"]["producer"] == {"pipeline": "simple", "run": "first", "step": "use"}
    text = zcompile("plan", "pipeline.py").out
    assert "cached  make  run first computed it" in text
    assert "3 cached" in text


def test_planning_records_no_run() -> None:
    zcompile("run", "pipeline.py", "--run-name", "first")
    plan("--set", "use.factor=3")
    assert [run.name for run in get_pipeline("simple").runs] == ["first"]


@pytest.mark.parametrize(
    ("arguments", "reason", "part"),
    [
        (["--set", "use.factor=3.5"], "parameter factor 2.0 -> 3.5", "parameter"),
        (["--set", "start=1"], "", ""),
    ],
)
def test_a_changed_parameter(arguments: list[str], reason: str, part: str) -> None:
    zcompile("run", "pipeline.py")
    step = plan(*arguments)["use"]
    assert step["reason"] == reason
    assert [change["part"] for change in step["changes"]] == ([part] if part else [])


def test_a_changed_helper_and_what_depends_on_it(folder: Path) -> None:
    zcompile("run", "pipeline.py")
    write_files(folder, {"features.py": FEATURES.replace("return x", "return x + 1")})
    steps = plan()
    assert [step["state"] for step in steps.values()] == ["cached", "run", "pending"]
    (change,) = steps["use"]["changes"]
    assert (change["part"], change["name"]) == ("code", "function `scale` in features.py")
    assert change["old"] != change["new"]
    assert steps["tell"]["reason"] == "depends on use"


def test_code_that_changed_since_the_last_compile_is_shown(folder: Path) -> None:
    zcompile("pipeline.py")
    zcompile("run", "pipeline.py")
    write_files(folder, {"features.py": FEATURES.replace("return x", "return x + 1")})
    (diff,) = plan()["use"]["diffs"]
    assert diff.splitlines()[-2:] == ["-    return x", "+    return x + 1"]
    assert "+    return x + 1\n" in zcompile("plan", "pipeline.py").out


def test_templates_are_rendered_as_a_local_run_would(folder: Path) -> None:
    template = SOURCE.replace("use(make(start))", "use(make(start), factor='{{ 1 + 2 }}')")
    write_files(folder, {"pipeline.py": template})
    zcompile("run", "pipeline.py")
    assert plan()["use"]["state"] == "cached"
    write_files(folder, {"pipeline.py": template.replace("1 + 2", "ds_nodash")})
    result = zcompile("plan", "pipeline.py")
    assert result.code == 1
    assert "`ds_nodash` is known to a DAG run only" in result.err
    assert plan("--set", "use.factor=3")["use"]["state"] == "cached"


def test_without_the_cache_all_would_run() -> None:
    zcompile("run", "pipeline.py")
    assert {step["state"] for step in plan("--no-cache").values()} == {"run"}


def test_the_steps_are_not_executed(folder: Path) -> None:
    write_files(folder, {"pipeline.py": SOURCE.replace("return count", "open('done', 'w')")})
    assert plan()["make"]["state"] == "run"
    assert not (folder / "done").exists()


def test_mistakes_are_told_and_nothing_is_planned() -> None:
    result = zcompile("plan", "pipeline.py", "--set", "use.factr=1", "--set", "use.factor=x")
    assert (result.code, result.out) == (1, "")
    assert "--set:1:1: error ZC345: Step `use` has no parameter `factr`." in result.err
    assert "Did you mean `factor`?" in result.err
    assert "--set:2:12: error" in result.err
    assert "Input should be a valid number" in result.err


def test_a_pipe_that_ends_early_is_no_traceback(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "zcompile", "plan", "pipeline.py"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, cwd=folder, check=False)
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 1
