"""What runs again between two runs of a script, and what does not."""

from __future__ import annotations

import pytest
from projects import Project

PIPELINE = """
from functools import partial

import numpy as np

import features
from features import TABLE, Scaler, scale
from notes import note
from zcompile import BaseStepConfig, pipeline, step

LIMIT = 10


def times(factor):
    def decorate(function):
        def called(x):
            return function(x) * factor
        return called
    return decorate


def double(x):
    return x + x


@times(1)
def decorated(x):
    return x


def adding(amount):
    def add(x):
        return x + amount
    return add


add_one = adding(1)
halve = lambda x: x / 2


class Config(BaseStepConfig):
    weight: float = 0.5


def unused(x):
    return x


@step
def load() -> np.ndarray:
    note("load")
    return np.arange(4)


@step
def shift(config: Config, data: np.ndarray, by: int = 0) -> np.ndarray:
    \"\"\"Shifts.\"\"\"
    note("shift")
    return np.minimum(double(data) + by, LIMIT)


@step
def rescale(data: np.ndarray) -> np.ndarray:
    note("rescale")
    return Scaler().apply(scale(data)) + TABLE["offset"]()


@step
def close(data: np.ndarray) -> float:
    note("close")
    return halve(add_one(decorated(float(data.sum()))))


@pipeline
def p():
    data = load()
    shift(data)
    close(rescale(data))


if __name__ == "__main__":
    p()
"""

FEATURES = """
def base_offset():
    return 0


class Base:
    factor = 1

    def apply(self, data):
        return data * self.factor


class Scaler(Base):
    pass


TABLE = {"offset": base_offset}


def scale(data):
    return data * 1
"""


@pytest.fixture
def cached(project: Project) -> Project:
    """A project whose pipeline has run."""
    project.write("features.py", FEATURES)
    project.load(PIPELINE).p()
    assert sorted(project.executed()) == ["close", "load", "rescale", "shift"]
    return project


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ('note("load")\n    return np.arange(4)', 'note("load")\n    return np.arange(5)', "all"),
        ("np.minimum(", "np.maximum(", "shift"),
        ("LIMIT = 10", "LIMIT = 11", "shift"),
        ("by: int = 0", "by: int = 1", "shift"),
        ("weight: float = 0.5", "weight: float = 0.6", "shift"),
        ("return x + x", "return 2 * x + 1", "shift"),
        ("add_one = adding(1)", "add_one = adding(2)", "close"),
        ("@times(1)", "@times(2)", "close"),
        ("x / 2", "x / 3", "close"),
        ("shift(data)", "shift(data, by=2)", "shift"),
    ],
)
def test_an_edit_executes_the_steps_that_depend_on_it(
    old: str, new: str, again: str, cached: Project
) -> None:
    cached.edit("pipeline.py", old, new)
    cached.load().p()
    every = ["close", "load", "rescale", "shift"]
    assert sorted(cached.executed()) == (every if again == "all" else [again])
    cached.load().p()
    assert cached.executed() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return data * 1", "return data * 2"),
        ("factor = 1", "factor = 2"),
        ("data * self.factor", "data * self.factor + 1"),
        ("return 0", "return 1"),
    ],
    ids=["helper", "class attribute", "method of a base class", "entry of a dispatch table"],
)
def test_an_edit_in_another_module(old: str, new: str, cached: Project) -> None:
    cached.edit("features.py", old, new)
    cached.load().p()
    assert sorted(cached.executed()) == ["close", "rescale"]


def test_a_step_that_gives_the_same_result_spares_its_consumers(cached: Project) -> None:
    cached.edit("features.py", "return data * 1", "return 1 * data")
    cached.load().p()
    assert cached.executed() == ["rescale"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return x + x", "return x + x  # twice"),
        ('"""Shifts."""', '"""Shifts the data."""'),
        ("return x + x", "return (\n        x + x\n    )"),
        ("def unused(x):\n    return x", "def unused(x):\n    return x + 1"),
        ("LIMIT = 10", "import os\n\nOTHER = 3\nLIMIT = 10"),
        ("@pipeline\n", '@pipeline(name="q")\n'),
        ("    shift(data)\n    close(rescale(data))", "    close(rescale(data))\n    shift(data)"),
        ("    shift(data)\n", '    shift.with_options(name="moved")(data)\n'),
    ],
    ids=[
        "comment",
        "docstring",
        "formatting",
        "unused helper",
        "unused constant",
        "name of the pipeline",
        "order of steps",
        "name of a step",
    ],
)
def test_an_edit_that_changes_no_result(old: str, new: str, cached: Project) -> None:
    cached.edit("pipeline.py", old, new)
    run = cached.load().p()
    assert cached.executed() == []
    assert {step.status for step in run.steps} == {"cached"}


def test_an_unrelated_step_and_the_order_of_functions(cached: Project) -> None:
    extra = "@step\ndef extra() -> int:\n    note('extra')\n    return 1\n\n\n"
    limit, rest = "LIMIT = 10\n", "@step\ndef shift("
    cached.edit("pipeline.py", limit, "")
    cached.edit("pipeline.py", rest, f"{extra}{limit}\n\n{rest}")
    cached.edit("pipeline.py", "    data = load()\n", "    extra()\n    data = load()\n")
    cached.load().p()
    assert cached.executed() == ["extra"]


@pytest.mark.parametrize("value", ["1.0", "'1'", "True", "2", "None"])
def test_a_parameters_type_counts(value: str, project: Project) -> None:
    source = """
from typing import Any
from notes import note
from zcompile import pipeline, step

@step
def keep(value: Any) -> str:
    note("keep")
    return repr(value)

@pipeline
def p():
    keep(1)
"""
    project.load(source).p()
    run = project.load(source.replace("keep(1)", f"keep({value})")).p()
    assert project.executed() == ["keep", "keep"]
    assert run.get_step("keep").output.read() == value


def test_the_type_of_an_output_and_the_version_count(project: Project) -> None:
    source = """
from notes import note
from zcompile import pipeline, step

@step(cache_version="1")
def make() -> int:
    note("make")
    return True

@pipeline
def p():
    make()
"""
    project.load(source).p()
    project.load(source).p()
    assert project.executed() == ["make"]
    project.load(source.replace("-> int", "-> bool")).p()
    assert project.executed() == ["make"]
    project.load(source.replace('"1"', '"2"')).p()
    assert project.executed() == ["make"]


def test_a_materializers_code_counts(project: Project) -> None:
    source = """
from notes import note
from zcompile import BaseMaterializer, pipeline, step

class Words(BaseMaterializer):
    def save(self, value, file):
        file.write(b"one")
    def load(self, file, data_type):
        return len(file.read())

@step(output_materializers=Words)
def make() -> int:
    note("make")
    return 1

@pipeline
def p():
    make()
"""
    project.load(source).p()
    project.load(source).p()
    assert project.executed() == ["make"]
    project.load(source.replace('b"one"', 'b"two"')).p()
    assert project.executed() == ["make"]


def test_moving_the_file(cached: Project) -> None:
    (cached.folder / "sub").mkdir()
    moved = (cached.folder / "pipeline.py").rename(cached.folder / "sub" / "renamed.py")
    cached.write("run.py", "import sys\nsys.path.insert(0, 'sub')\nimport renamed\nrenamed.p()\n")
    assert moved.exists()
    done = cached.python("run.py")
    assert done.returncode == 0, done.stderr
    assert cached.executed() == []


def test_scripts_in_processes_of_their_own(project: Project) -> None:
    project.write("features.py", FEATURES)
    project.write("pipeline.py", PIPELINE)
    assert project.python("pipeline.py").returncode == 0
    assert sorted(project.executed()) == ["close", "load", "rescale", "shift"]
    second = project.python("pipeline.py")
    assert project.executed() == []
    assert second.stdout.count("Using cached version of") == 4
    project.edit("pipeline.py", "LIMIT = 10", "LIMIT = 3")
    assert project.python("pipeline.py").returncode == 0
    assert project.executed() == ["shift"]
    project.edit("features.py", "return data * 1", "return data * 2")
    assert project.python("pipeline.py").returncode == 0
    assert project.executed() == ["rescale", "close"]
    assert project.python("-c", "import pipeline; pipeline.p()").returncode == 0
    assert project.executed() == [], "an imported module shares its results with the script"
