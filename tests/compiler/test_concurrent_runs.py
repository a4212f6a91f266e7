"""Runs of one pipeline at once, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
from projects import Project

from zcompile import get_pipeline
from zcompile.post_execution import PipelineRunView

SOURCE = """
import os

from notes import note
from zcompile import pipeline, step


@step
def load() -> int:
    note("load")
    print("loading")
    if "GATE" in os.environ:
        open(os.environ["GATE"]).read()  # until the test opens it, too
    return 20


@step
def left(number: int) -> int:
    note("left")
    return number * 2


@step
def right(number: int) -> int:
    note("right")
    return number + 1


@step
def total(one: int, other: int) -> int:
    note("total")
    return one + other


@pipeline
def p():
    number = load()
    total(left(number), right(number))
"""

STEPS = ["load", "left", "right", "total"]

RUN = """
import sys
import pipeline
print("ready", flush=True)
sys.stdin.read()
pipeline.p.with_options(run_name=sys.argv[1], enable_cache=eval(sys.argv[2]))()
"""

WAITING = "Waiting for another process that computes the same result.\n"


class Runs:
    """Processes that run the pipeline once they are told to."""

    def __init__(self, project: Project, stack: ExitStack) -> None:
        self.project, self.stack = project, stack
        self.gate = project.folder.parent / "gate"
        os.mkfifo(self.gate)
        self.environment = {
            **os.environ,
            "EXECUTED": str(project.notes),
            "ZCOMPILE_STORE": str(project.store),
        }

    def begin(
        self, name: str, enable_cache: bool | None = None, gate: bool = False
    ) -> subprocess.Popen[str]:
        """A process that has imported the pipeline.

        Args:
            name: The run's name.
            enable_cache: The run's switch.
            gate: Whether its first step waits until `open_gate`.
        """
        process = subprocess.Popen(
            [sys.executable, "-B", "-u", "-c", RUN, name, str(enable_cache)],
            cwd=self.project.folder,
            env=self.environment | ({"GATE": str(self.gate)} if gate else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.stack.callback(process.kill)
        self.stack.enter_context(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def open_gate(self) -> None:
        """Lets the first step go on; waits until it is there."""
        with self.gate.open("w"):
            pass


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()


def wait_for_line(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    assert line in iter(process.stdout.readline, ""), f"{line!r} is not told"


def end(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdout is not None
        told = process.stdout.read()
        assert process.wait(60) == 0, told


@pytest.fixture
def runs(project: Project) -> Iterator[Runs]:
    project.write("pipeline.py", SOURCE)
    with ExitStack() as stack:
        yield Runs(project, stack)


def recorded() -> dict[str, PipelineRunView]:
    found = get_pipeline("p")
    assert found is not None
    assert [run.record.number for run in found.runs] == [*range(1, len(found.runs) + 1)]
    return {run.name: run for run in found.runs}


def states(run: PipelineRunView) -> dict[str, str]:
    return {step.name: step.status for step in run.steps}


def test_two_runs_execute_each_key_once(runs: Runs, project: Project) -> None:
    first, second = runs.begin("first", gate=True), runs.begin("second")
    go(first)
    wait_for_line(first, "loading\n")
    go(second)
    wait_for_line(second, WAITING)
    runs.open_gate()
    end([first, second])
    assert sorted(project.executed()) == sorted(STEPS)
    one, other = recorded()["first"], recorded()["second"]
    assert states(one)["load"] == "completed"
    assert states(other)["load"] == "cached"
    for name in STEPS:
        assert {states(one)[name], states(other)[name]} == {"completed", "cached"}
        assert one.get_step(name).output.read() == other.get_step(name).output.read()
    assert one.get_step("total").output.read() == 61
    assert (one.status, other.status) == ("completed", "completed")


def test_a_run_without_the_cache_beside_one_with_it(runs: Runs, project: Project) -> None:
    without, within = runs.begin("without", False, gate=True), runs.begin("within", True)
    go(without)
    wait_for_line(without, "loading\n")
    go(within)
    wait_for_line(within, WAITING)
    runs.open_gate()
    end([without, within])
    found = recorded()
    assert states(found["without"]) == dict.fromkeys(STEPS, "completed")
    assert states(found["within"])["load"] == "cached"
    executed = project.executed()
    assert executed.count("load") == 1
    assert {executed.count(name) for name in STEPS} <= {1, 2}
    assert [run.get_step("total").output.read() for run in found.values()] == [61, 61]

    go(later := runs.begin("later"))
    end([later])
    assert states(recorded()["later"]) == dict.fromkeys(STEPS, "cached")


def test_many_runs_on_a_new_store(runs: Runs, project: Project) -> None:
    names = [f"run-{number}" for number in range(8)]
    processes = [runs.begin(name) for name in names]
    go(*processes)
    end(processes)
    assert sorted(project.executed()) == sorted(STEPS)
    found = recorded()
    assert sorted(found) == names
    for name in STEPS:
        reached = [states(run)[name] for run in found.values()]
        assert sorted(reached) == ["cached"] * 7 + ["completed"]
    assert {run.get_step("total").output.read() for run in found.values()} == {61}


def test_runs_of_one_name_at_once_are_one_run_and_clear_errors(
    runs: Runs, project: Project
) -> None:
    processes = [runs.begin("same") for _ in range(4)]
    go(*processes)
    codes = []
    for process in processes:
        assert process.stdout is not None
        process.stdout.read()
        codes.append(process.wait(60))
    assert sorted(codes) == [0, 1, 1, 1]
    assert sorted(project.executed()) == sorted(STEPS)
    assert list(recorded()) == ["same"]
