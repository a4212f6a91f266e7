"""The pipeline's own parameters, as the form of a DAG run changes them."""

from __future__ import annotations

from typing import Any

import pytest
from projects import Project

from zcompile.exceptions import PipelineInterfaceError

SOURCE = """
from __future__ import annotations
from typing import Any, Optional
from zcompile import BaseStepConfig, pipeline, step

class Config(BaseStepConfig):
    gamma: float = 0.1
    depth: int = 3

@step
def load(count: int) -> int:
    return count

@step
def train(config: Config, count: int) -> float:
    return config.gamma

@pipeline
def direct(count: int = 3, gamma: float = 0.5, deep: bool = False, other: Optional[int] = None):
    train(Config(gamma=gamma * 2), load(count))
    if deep:
        load(1)

@pipeline
def classic(first, second, count: int = 3):
    second(count=first(count))

classic_instance = classic(load(), train(), count=4)
"""


@pytest.mark.parametrize(
    ("wanted", "changed"),
    [
        ({"count": 5}, {"load": {"count": (3, 5)}}),
        ({"gamma": 1}, {"train": {"gamma": (1.0, 2.0)}}),
        ({"other": 1}, {}),
        ({}, {}),
    ],
)
def test_what_steps_are_given_changes(
    wanted: dict[str, Any], changed: dict[str, Any], project: Project
) -> None:
    compiled = {"count": 3, "gamma": 0.5, "deep": False, "other": None}
    module = project.load(SOURCE)
    assert module.direct.changed_parameters(compiled, {**compiled, **wanted}) == changed


def test_an_instance_keeps_its_steps(project: Project) -> None:
    instance = project.load(SOURCE).classic_instance
    changed = instance.changed_parameters({"count": 4}, {"count": 6})
    assert changed == {"first": {"count": (4, 6)}}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [({"deep": True}, ("`deep`", "which steps")), ({"count": "many"}, ("`count`", "'many'"))],
)
def test_what_cannot_be_changed(
    wanted: dict[str, Any], words: tuple[str, ...], project: Project
) -> None:
    module = project.load(SOURCE)
    with pytest.raises(PipelineInterfaceError) as caught:
        module.direct.changed_parameters({"count": 3, "deep": False}, wanted)
    for word in (*words, "`direct`"):
        assert word in str(caught.value)


def test_they_are_in_the_dag_file_if_json_can_hold_them(project: Project) -> None:
    kept = SOURCE.replace("other: Optional[int] = None", "other: Any = (1, 2), free=3")
    project.write("pipeline.py", kept)
    config = project.write("config.yaml", "parameters:\n  count: 7\n")
    compiled = project.python("-m", "zcompile", "pipeline.py", "-o", "dags")
    assert compiled.returncode == 0, compiled.stderr
    text = (project.folder / "dags" / "direct.py").read_text()
    assert 'entrypoint="pipeline:direct"' in text
    assert 'parameters={"count": 3, "gamma": 0.5, "deep": False}' in text
    assert '"gamma": Param(0.5, type="number"),' in text
    assert '"other"' not in text
    text = (project.folder / "dags" / "classic.py").read_text()
    assert 'entrypoint="pipeline:classic_instance"' in text
    assert 'parameters={"count": 4}' in text
    project.python("-m", "zcompile", "pipeline.py", "-c", str(config), "-o", "dags")
    assert (
        '"count": Param(7, type="integer")' in (project.folder / "dags" / "direct.py").read_text()
    )


def test_a_worker_traces_a_pipeline_where_no_compiler_has_run(project: Project) -> None:
    project.write("pipeline.py", SOURCE)
    code = (
        "from pipeline import direct; print(direct.changed_parameters({'count': 3}, {'count': 5}))"
    )
    done = project.python("-c", code)
    assert done.stdout == "{'load': {'count': (3, 5)}}\n", done.stderr
