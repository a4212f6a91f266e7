"""`zcompile run`: a pipeline in this process, with parameters set for one run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from compiling import write_files, zcompile
from projects import Project
from rich.console import Console

from zcompile.authoring.pipeline import RunOptions
from zcompile.cli.progress import StepTable
from zcompile.compiling import ANALYSIS, LOWERING, compile_source
from zcompile.program import Source
from zcompile.running import run_compiled
from zruntime.records import StepRecord

SOURCE = """
from zcompile import BaseStepConfig, step, pipeline

class Config(BaseStepConfig):
    gamma: float = 0.001

@step
def make() -> int:
    print("making")
    return 2

@step
def use(config: Config, value: int) -> float:
    return value * config.gamma

@pipeline
def simple():
    use(make())
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": SOURCE})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, code: int = 0) -> dict[str, Any]:
    """What the run told as JSON, its steps by name."""
    result = zcompile("run", "pipeline.py", *arguments, "--format", "json")
    assert result.code == code, result
    found: dict[str, Any] = json.loads(result.out)
    found["steps"] = {step["name"]: step for step in found.get("run", {}).get("steps", ())}
    return found


def states(*arguments: str) -> list[str]:
    """The states of the steps of a run."""
    return [step["state"] for step in run(*arguments)["steps"].values()]


def test_a_second_run_is_cached() -> None:
    assert states() == ["completed", "completed"]
    assert states() == ["cached", "cached"]
    assert states("--no-cache") == ["completed", "completed"]


def test_a_parameter_set_for_a_run_is_part_of_the_key() -> None:
    states()
    assert states("--set", "use.gamma=0.01") == ["cached", "completed"]
    assert run("--set", "use.gamma=1e-2")["steps"]["use"]["parameters"] == {"gamma": 0.01}
    assert states() == ["cached", "cached"]


@pytest.mark.parametrize("text", ["on", "no", "2026-01-31", "12:30"])
def test_set_reads_texts_as_a_config_does(folder: Path, text: str) -> None:
    source = SOURCE.replace("gamma: float = 0.001", 'gamma: str = ""')
    write_files(folder, {"pipeline.py": source.replace("-> float", "-> str")})
    assert run("--set", f"use.gamma={text}")["steps"]["use"]["parameters"] == {"gamma": text}


def test_set_wins_over_the_config(folder: Path) -> None:
    write_files(folder, {"c.yaml": "steps: {use: {parameters: {gamma: 5}}}"})
    arguments = ("-c", "c.yaml", "--set", "use.gamma=6", "--set", "use.gamma=7")
    assert run(*arguments)["steps"]["use"]["parameters"] == {"gamma": 7.0}
    assert run(*arguments[:2])["steps"]["use"]["parameters"] == {"gamma": 5.0}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("use.gama=1", ("--set:1:1", "no parameter `gama`", "Did you mean `gamma`?")),
        ("us.gamma=1", ("--set:1:1", "no step `us`", "Did you mean `use`?")),
        ("use.gamma=much", ("--set:1:11", "Input should be a valid number")),
        ("gamma=1", ("--set:1:1", "`simple` has no parameter `gamma`")),
        ("use.gamma", ("--set:1:1", "sets no parameter", "step.parameter=value")),
        ("use.gamma=[1", ("--set:1:11", "no valid YAML")),
        ("use.gamma=${env:NOT_SET}", ("--set:1:11", "variable `NOT_SET` is not set")),
    ],
)
def test_wrong_settings_point_at_the_option(setting: str, words: tuple[str, ...]) -> None:
    result = zcompile("run", "pipeline.py", "--set", setting)
    assert result.code == 1
    assert "making" not in result.out
    for word in words:
        assert word in result.err


def test_text_shows_the_log_and_what_steps_print() -> None:
    result = zcompile("run", "pipeline.py", "--run-name", "mine")
    assert (result.code, result.err) == (0, "")
    assert "Step make has started." in result.out
    assert "making" in result.out
    assert result.out.splitlines()[-1].startswith("Run mine completed in ")
    again = zcompile("run", "pipeline.py", "--run-name", "mine")
    assert again.code == 1
    assert "error ZC250" in again.err
    assert "Run mine" not in again.out


def test_what_steps_print_is_no_part_of_the_document() -> None:
    result = zcompile("run", "pipeline.py", "--format", "json")
    assert json.loads(result.out)["run"]["status"] == "completed"
    assert "making" in result.err


def test_an_exception_of_the_user_is_shown_as_theirs(folder: Path) -> None:
    write_files(folder, {"pipeline.py": SOURCE.replace("value * config", "1 / 0 * config")})
    result = zcompile("run", "pipeline.py")
    assert result.code == 1
    assert "pipeline.py:14:12: error ZC164: A step raised ZeroDivisionError." in result.err
    assert "1 / 0 * config.gamma" in result.err
    assert "zruntime" not in result.err
    assert "failed" in result.out.splitlines()[-1]
    found = run(code=1)
    assert found["run"]["status"] == "failed"
    assert [step["state"] for step in found["steps"].values()] == ["cached", "failed"]
    (diagnostic,) = found["diagnostics"]
    assert diagnostic["line"] == 14


def test_modules_that_a_step_imports_late_are_found(folder: Path) -> None:
    late = SOURCE.replace("return 2", "import late; return late.VALUE")
    write_files(folder, {"pipeline.py": late, "late.py": "VALUE = 3\n"})
    assert states() == ["completed", "completed"]


def test_a_file_with_several_pipelines(folder: Path) -> None:
    write_files(folder, {"pipeline.py": SOURCE + "@pipeline\ndef other():\n    make()\n"})
    several = zcompile("run", "pipeline.py")
    assert several.code == 2
    assert "`simple`, `other`" in several.err
    assert states("--pipeline", "other") == ["completed"]
    wrong = zcompile("run", "pipeline.py", "--pipeline", "othr")
    assert wrong.code == 2
    assert "Did you mean `other`?" in wrong.err


def test_ctrl_c_ends_without_a_traceback(folder: Path) -> None:
    waits = SOURCE.replace("return 2", "import threading; threading.Event().wait()")
    write_files(folder, {"pipeline.py": waits.replace('"making"', '"making", flush=True')})
    process = subprocess.Popen(
        [sys.executable, "-m", "zcompile", "run", "pipeline.py"],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while "making" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Interrupted." in err


def test_a_mapped_step_is_seen_to_run(folder: Path, project: Project) -> None:
    module = project.load(
        """
        from zcompile import *

        @step
        def numbers() -> list[int]:
            return [1, 2]

        @step
        def double(number: int) -> int:
            return 2 * number

        @pipeline
        def fan():
            double.map(numbers())
        """
    )
    program = compile_source(Source(Path(module.__file__)), (*ANALYSIS, *LOWERING))
    (variant,) = program.variants
    seen: list[tuple[str, str]] = []
    run_compiled(
        variant.traced,
        variant.lowered,
        program.project,
        RunOptions(),
        lambda step: seen.append((step.name, step.state)),
    )
    assert [state for name, state in seen if name == "double"][-3:] == [
        "running",
        "running",
        "completed",
    ]


def test_the_table_fits_a_narrow_terminal() -> None:
    console = Console(width=40, height=8, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    table = StepTable(console)
    for number in range(20):
        table.update(StepRecord(f"step_{number}", "work"))
    table.update(StepRecord("step_7", "work", state="running", reason="a long reason " * 5))
    console.print(table.render())
    lines = console.export_text().splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert lines[0].startswith("running  step_7")
