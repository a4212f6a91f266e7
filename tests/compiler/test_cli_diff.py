"""`zcompile diff`: what a compile would change, in meaning, read from the files' syntax."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from compiling import write_files, zcompile

SOURCE = """
from zcompile import step, pipeline
from features import scale

@step
def make(count: int = 1) -> int:
    return count

@step
def use(value: int, factor: float = 2.0) -> float:
    return scale(value) * factor

@pipeline
def simple():
    use(make())
"""

FEATURES = "def scale(x):\n    return x\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": SOURCE, "features.py": FEATURES})
    monkeypatch.chdir(tmp_path)
    assert zcompile("pipeline.py").code == 0
    return tmp_path


def diff(*arguments: str) -> dict[str, Any]:
    """What is told of the only DAG."""
    result = zcompile("diff", "pipeline.py", *arguments, "--format", "json")
    (dag,) = json.loads(result.out)["dags"]
    assert result.code == int(dag["state"] in ("new", "different"))
    found: dict[str, Any] = dag
    return found


def edit(folder: Path, old: str, new: str) -> None:
    assert old in SOURCE
    write_files(folder, {"pipeline.py": SOURCE.replace(old, new)})


def brief(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item["kind"], item["step"], item["name"]) for item in found["changes"]]


def test_nothing_differs_after_a_compile(folder: Path) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert diff()["state"] == "same"
    assert zcompile("diff", "pipeline.py").out == "dags/simple.py: same\n"
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_a_dag_that_is_not_there_is_new(folder: Path) -> None:
    shutil.rmtree(folder / "dags")
    assert diff()["state"] == "new"
    assert not (folder / "dags").exists()


def test_comments_change_no_meaning(folder: Path) -> None:
    write_files(folder, {"features.py": "# A comment\n" + FEATURES})
    assert diff() | {"changes": []} == diff()
    assert diff()["state"] == "equivalent"
    assert zcompile("pipeline.py", "--check").code == 1


def test_a_changed_parameter_is_told_once(folder: Path) -> None:
    edit(folder, "factor: float = 2.0", "factor: float = 3.5")
    found = diff()
    assert ("parameter", "use", "factor") in brief(found)
    (change,) = [item for item in found["changes"] if item["kind"] == "parameter"]
    assert (change["old"], change["new"]) == (2.0, 3.5)
    assert not [item for item in found["changes"] if item["kind"] == "form"]


def test_a_changed_helper_is_named(folder: Path) -> None:
    write_files(folder, {"features.py": FEATURES.replace("return x", "return x + 1")})
    found = diff()
    assert brief(found) == [("code", "use", "function `scale` in features.py")]
    text = zcompile("diff", "pipeline.py").out
    assert "use  code: function `scale` in features.py changed" in text


def test_steps_and_edges(folder: Path) -> None:
    edit(folder, "    use(make())", "    use(make())\n    use(make(2))")
    found = brief(diff())
    assert ("step", "use_2", "use_2") in found
    assert ("edge", "use_2", "make_2") in found
    assert zcompile("pipeline.py").code == 0
    write_files(folder, {"pipeline.py": SOURCE})
    gone = diff()
    (step,) = [
        item for item in gone["changes"] if item["step"] == "use_2" if item["name"] == "use_2"
    ]
    assert (step["new"], step["text"]) == (None, "the step is gone")


def test_arguments_of_the_dag_and_of_tasks(folder: Path) -> None:
    config = "dag: {schedule: '@daily', tags: [a]}\nsteps: {use: {airflow: {retries: 2}}}\n"
    write_files(folder, {"c.yaml": config})
    found = brief(diff("-c", "c.yaml"))
    assert ("dag", "", "schedule") in found
    assert ("dag", "", "tags") in found
    assert ("argument", "use", "retries") in found


def test_an_edge_that_carries_something_else(folder: Path) -> None:
    two = SOURCE.replace("-> int:\n    return count", "-> Output(a=int, b=int):\n    return 1, 2")
    two = two.replace("import step", "import Output, step")
    write_files(folder, {"pipeline.py": two.replace("use(make())", "a, b = make(); use(a)")})
    assert zcompile("pipeline.py").code == 0
    write_files(folder, {"pipeline.py": two.replace("use(make())", "a, b = make(); use(b)")})
    found = diff()
    assert ("edge", "use", "make") in brief(found)
    assert ("input", "use", "value") in brief(found)


def test_the_file_is_not_executed(folder: Path) -> None:
    dag = folder / "dags/simple.py"
    dag.write_text(dag.read_text() + "\nraise SystemExit(7)\n")
    assert diff()["state"] == "equivalent"


@pytest.mark.parametrize("content", ["(", "", "x = 1\n", "\0"])
def test_a_file_that_makes_no_sense_is_different(folder: Path, content: str) -> None:
    (folder / "dags/simple.py").write_text(content)
    assert diff()["state"] == "different"


def test_a_missing_bundle_is_told(folder: Path) -> None:
    shutil.rmtree(folder / "dags/bundles")
    found = diff()
    assert [item["text"] for item in found["changes"]] == ["code: the bundle is missing"] * 2


def test_mistakes_are_told_instead(folder: Path) -> None:
    edit(folder, "use(make())", "use(make()).x")
    result = zcompile("diff", "pipeline.py")
    assert result.code == 1
    assert "error" in result.err
    assert result.out == ""
