"""Projects that are compiled by the command line, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from click.testing import CliRunner

from zcompile.cli import main

STEPS = """
from zcompile import step, pipeline, BaseStepConfig, Output

@step
def make() -> int:
    return 1

@step
def use(value: int) -> int:
    return value
"""

PIPELINE = f"""{STEPS}
@pipeline
def simple():
    use(make())
"""


@dataclass(frozen=True)
class Result:
    """What the command did: its exit code and what it printed."""

    code: int
    out: str
    err: str


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Writes a project's files, with a marker of its root."""
    (folder / "pyproject.toml").parent.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").touch()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text), encoding="utf-8")


def zcompile(*arguments: str | Path) -> Result:
    """Runs the command in this process; an exception that it lets out is raised."""
    done = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    return Result(done.exit_code, done.stdout, done.stderr)


def told(*arguments: str, code: int = 0) -> dict[str, Any]:
    """What a command told as JSON."""
    result = zcompile(*arguments, "--format", "json")
    assert result.code == code, result
    found: dict[str, Any] = json.loads(result.out)
    return found


def run(name: str, *arguments: str) -> None:
    """Runs the pipeline of the working folder."""
    assert zcompile("run", "pipeline.py", "--run-name", name, *arguments).code == 0


def states() -> list[str]:
    """The states of the steps of a new run of that pipeline."""
    return [step["state"] for step in told("run", "pipeline.py")["run"]["steps"]]


def zcompile_process(*arguments: str | Path, cwd: Path, code: str = "") -> Result:
    """Runs the command in a process of its own, after some other code."""
    program = f"{code}\nfrom zcompile.cli import main\nmain(prog_name='zcompile')"
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)
