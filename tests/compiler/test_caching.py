"""What runs again between two runs of a pipeline, and what does not: one case for each rule."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from projects import Project

FILES = {
    "pipeline.py": """
from typing import Any

import numpy as np

from features import TABLE, Scaler, scale
from notes import note
from zcompile import BaseMaterializer, BaseStepConfig, pipeline, step

LIMIT = 10


def times(factor):
    def decorate(function):
        def called(x):
            return function(x) * factor
        return called
    return decorate


def double(x, by=2):
    return x * by


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


class Words(BaseMaterializer):
    def save(self, value, file):
        file.write(b"one")

    def load(self, file, data_type):
        return len(file.read())


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


@step
def keep(value: Any) -> str:
    note("keep")
    return repr(value)


@step(cache_version="1", output_materializers=Words)
def count() -> int:
    note("count")
    return True


@pipeline
def p():
    data = load()
    shift(data)
    close(rescale(data))
    keep(1)
    count()


if __name__ == "__main__":
    p()
""",
    "features.py": """
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
""",
}

ALL = "load shift rescale close keep count"


@dataclass(frozen=True)
class Case:
    """An edit between two runs.

    Attributes:
        rule: What is edited.
        edits: The texts that are replaced, and by what; each stands in one of the files.
        again: The steps that the second run executes.
    """

    rule: str
    edits: dict[str, str]
    again: str = ""

    def apply(self, project: Project) -> None:
        for old, new in self.edits.items():
            (file,) = (name for name in FILES if old in (project.folder / name).read_text())
            project.edit(file, old, new)


RUN_AGAIN = [
    Case("body", {"np.minimum(": "np.maximum("}, "shift"),
    Case("default argument of a step", {"by: int = 0": "by: int = 1"}, "shift"),
    Case("default argument of a helper", {"double(x, by=2)": "double(x, by=3)"}, "shift"),
    Case("default of a config", {"weight: float = 0.5": "weight: float = 0.6"}, "shift"),
    Case("helper in the same module", {"return x * by": "return x * by + 1"}, "shift"),
    Case("helper in another module", {"return data * 1": "return data * 2"}, "rescale close"),
    Case("module constant", {"LIMIT = 10": "LIMIT = 11"}, "shift"),
    Case("closure value", {"add_one = adding(1)": "add_one = adding(2)"}, "close"),
    Case(
        "base class",
        {
            "Scaler(Base):": "Other(Base):\n    factor = 5\n\n\nclass Scaler(Other):",
        },
        "rescale close",
    ),
    Case("attribute of a class", {"factor = 1": "factor = 2"}, "rescale close"),
    Case("method of a class", {"data * self.factor": "data * self.factor + 1"}, "rescale close"),
    Case("decorator's argument", {"@times(1)": "@times(2)"}, "close"),
    Case("lambda in a global", {"x / 2": "x / 3"}, "close"),
    Case("entry of a dispatch table", {"return 0": "return 1"}, "rescale close"),
    Case("parameter's value", {"keep(1)": "keep(2)"}, "keep"),
    Case("parameter's type, 1.0", {"keep(1)": "keep(1.0)"}, "keep"),
    Case("parameter's type, '1'", {"keep(1)": "keep('1')"}, "keep"),
    Case("parameter's type, True", {"keep(1)": "keep(True)"}, "keep"),
    Case("parameter unset", {"keep(1)": "keep(None)"}, "keep"),
    Case("parameter in a call", {"shift(data)": "shift(data, by=2)"}, "shift"),
    Case("input's content", {"np.arange(4)": "np.arange(5)"}, "load shift rescale close"),
    Case("input's type of items", {"np.arange(4)": "np.arange(4.0)"}, "load shift rescale close"),
    Case("output's type", {"count() -> int": "count() -> bool"}, "count"),
    Case("materializer's code", {'b"one"': 'b"two"'}, "count"),
    Case("cache_version", {'cache_version="1"': 'cache_version="2"'}, "count"),
]

NOT_AGAIN = [
    Case("comment", {"return x * by": "return x * by  # twice"}),
    Case("docstring", {'"""Shifts."""': '"""Shifts the data."""'}),
    Case("formatting", {"return x * by": "return (\n        x\n        * by\n    )"}),
    Case(
        "order of functions",
        {
            "LIMIT = 10\n": "",
            "def unused(x):\n    return x\n": "",
            "@step\ndef load()": "def unused(x):\n    return x\n\nLIMIT = 10\n\n@step\ndef load()",
        },
    ),
    Case("unused helper", {"def unused(x):\n    return x": "def unused(x):\n    return x + 1"}),
    Case("unused constant and import", {"LIMIT = 10": "import os\n\nOTHER = 3\nLIMIT = 10"}),
    Case("name of the pipeline", {"@pipeline\n": '@pipeline(name="q")\n'}),
    Case("name of a step", {"    shift(data)\n": '    shift.with_options(name="moved")(data)\n'}),
    Case(
        "order of steps",
        {"    shift(data)\n    close(rescale(data))": "    close(rescale(data))\n    shift(data)"},
    ),
    Case(
        "unrelated step",
        {
            "@pipeline\n": "@step\ndef extra() -> None:\n    note('extra')\n\n\n@pipeline\n",
            "    count()\n": "    count()\n    extra()\n",
        },
        "extra",
    ),
    Case(
        "upstream step that gives the same bytes", {"return data * 1": "return 1 * data"}, "rescale"
    ),
    Case(
        "upstream step that gives the same array in other memory",
        {"np.arange(4)": "np.arange(8)[::2] // 2"},
        "load",
    ),
]


@pytest.fixture
def cached(project: Project) -> Project:
    """A project whose pipeline has run."""
    for file, text in FILES.items():
        project.write(file, text)
    project.load().p()
    assert project.executed() == ALL.split()
    return project


@pytest.mark.parametrize("case", RUN_AGAIN, ids=lambda case: case.rule)
def test_run_again(case: Case, cached: Project) -> None:
    case.apply(cached)
    cached.load().p()
    assert cached.executed() == case.again.split()
    cached.load().p()
    assert cached.executed() == []


@pytest.mark.parametrize("case", NOT_AGAIN, ids=lambda case: case.rule)
def test_not_again(case: Case, cached: Project) -> None:
    case.apply(cached)
    run = cached.load().p()
    assert cached.executed() == case.again.split()
    ran = {step.name for step in run.steps if step.status != "cached"}
    assert ran == set(case.again.split())


@pytest.mark.parametrize("value", ["1.0", "'1'", "True", "None"])
def test_a_step_gets_the_value_of_the_type_that_its_key_tells(value: str, cached: Project) -> None:
    cached.edit("pipeline.py", "keep(1)", f"keep({value})")
    run = cached.load().p()
    assert run.get_step("keep").output.read() == value


def test_not_again_after_moving_the_file(cached: Project) -> None:
    (cached.folder / "sub").mkdir()
    (cached.folder / "pipeline.py").rename(cached.folder / "sub" / "renamed.py")
    cached.write("run.py", "import sys\nsys.path.insert(0, 'sub')\nimport renamed\nrenamed.p()\n")
    done = cached.python("run.py")
    assert done.returncode == 0, done.stderr
    assert cached.executed() == []


def test_not_again_under_another_run_name(cached: Project) -> None:
    run = cached.load().p.with_options(run_name="another")()
    assert run.name == "another"
    assert cached.executed() == []


def test_not_again_in_another_process_of_another_copy(cached: Project) -> None:
    copy = cached.folder.parent / "worker" / "copy"
    shutil.copytree(cached.folder, copy)
    environment = {"EXECUTED": str(cached.notes), "ZCOMPILE_STORE": str(cached.store)}
    done = subprocess.run(
        [sys.executable, "-B", "pipeline.py"],
        cwd=copy,
        env={**os.environ, **environment, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert cached.executed() == []
    assert done.stdout.count("Using cached version of") == len(ALL.split())


def test_run_again_after_an_edit_between_two_scripts(cached: Project) -> None:
    cached.edit("pipeline.py", "LIMIT = 10", "LIMIT = 3")
    assert cached.python("pipeline.py").returncode == 0
    assert cached.executed() == ["shift"]
    assert cached.python("-c", "import pipeline; pipeline.p()").returncode == 0
    assert cached.executed() == [], "an imported module shares its results with the script"


USES_A_LIBRARY = """
import sys
sys.path.insert(0, "../site")
from measures import measure
from notes import note
from zcompile import pipeline, step

def helper():
    return measure()

@step
def measured() -> int:
    note("measured")
    return helper()

@step
def plain() -> int:
    note("plain")
    return 1

@pipeline
def p():
    measured()
    plain()

p()
"""


def install(site: Path, version: str) -> None:
    """Installs a version of the library `measures`, as pip lays it out."""
    shutil.rmtree(site, ignore_errors=True)
    info = site / f"measures-{version}.dist-info"
    info.mkdir(parents=True)
    (site / "measures.py").write_text("def measure():\n    return 1\n")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: measures\nVersion: {version}\n")
    (info / "RECORD").write_text("measures.py,,\n")
    (info / "top_level.txt").write_text("measures\n")


def test_run_again_with_another_version_of_a_library(project: Project) -> None:
    site = project.folder.parent / "site"
    install(site, "1.0")
    project.write("pipeline.py", USES_A_LIBRARY)
    for version, executed in (("1.0", ["measured", "plain"]), ("1.0", []), ("1.1", ["measured"])):
        install(site, version)
        done = project.python("pipeline.py")
        assert done.returncode == 0, done.stderr
        assert project.executed() == executed
    command = "from zcompile import get_pipeline; print(get_pipeline('p').runs[-1].steps[0].reason)"
    assert project.python("-c", command).stdout == "package measures 1.0 -> 1.1\n"
