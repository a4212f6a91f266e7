"""Looking at the runs of the past."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from projects import PRELUDE, Project

from zcompile import get_pipeline, get_pipelines
from zcompile.exceptions import UnknownNameError, ZCompileError

SOURCE = f"""{PRELUDE}
class Config(BaseStepConfig):
    gamma: float = 0.1

@step
def load() -> Output(X=np.ndarray, y=list[int]):
    note("load")
    return np.arange(4.0), [1, 2]

@step
def train(config: Config, X: np.ndarray, y: list[int]) -> float:
    note("train")
    return float(X.sum()) * config.gamma

@step
def tell(score: float) -> None:
    note("tell")

@pipeline
def digits():
    X, y = load()
    tell(train(X, y))

@pipeline
def other():
    load()
"""


@pytest.fixture
def module(project: Project) -> Any:
    """The pipelines, which have not run yet."""
    return project.load(SOURCE)


def test_pipelines_are_found_by_name(module: Any) -> None:
    assert get_pipeline("digits") is None
    assert get_pipelines() == []
    assert module.digits.get_runs() == []
    module.other()
    module.digits()
    assert [view.name for view in get_pipelines()] == ["digits", "other"]
    assert get_pipeline("digits").name == "digits"
    assert get_pipeline("nothing") is None


def test_runs_are_listed_oldest_first(module: Any) -> None:
    names = [module.digits.with_options(run_name=name)().name for name in ("b", "c", "a")]
    view = get_pipeline("digits")
    assert [run.name for run in view.runs] == names == ["b", "c", "a"]
    assert [run.name for run in module.digits.get_runs()] == names
    assert view.runs[-1].name == "a"
    assert view.get_run("c").status == "completed"
    with pytest.raises(UnknownNameError, match=r"`digits` has no run `z`.*`b`, `c`, `a`"):
        view.get_run("z")


def test_a_step_of_a_run(module: Any) -> None:
    run = module.digits()
    assert [step.name for step in run.steps] == ["load", "train", "tell"]
    train = run.get_step("train")
    assert (train.name, train.status, train.is_cached) == ("train", "completed", False)
    assert train.parameters == {"gamma": 0.1}
    assert list(train.inputs) == ["X", "y"]
    assert train.inputs["X"].digest == run.get_step("load").outputs["X"].digest
    assert list(run.get_step("load").outputs) == ["X", "y"]
    assert train.output.read() == pytest.approx(0.6)
    with pytest.raises(UnknownNameError, match=r"no step `trainer`.*`load`, `train`, `tell`"):
        run.get_step("trainer")


@pytest.mark.parametrize(
    ("step", "words"), [("load", ("`load`", "2 outputs", "`X`, `y`")), ("tell", ("0 outputs",))]
)
def test_output_is_there_only_if_there_is_exactly_one(
    step: str, words: tuple[str, ...], module: Any
) -> None:
    with pytest.raises(ZCompileError) as caught:
        _ = module.digits().get_step(step).output
    for word in (*words, ".outputs[name]"):
        assert word in str(caught.value)


def test_an_artifact(module: Any) -> None:
    first, second = module.digits(), module.digits()
    for run in (first, second):
        artifact = run.get_step("load").outputs["X"]
        value = artifact.read()
        assert isinstance(value, np.ndarray)
        assert value.tolist() == [0.0, 1.0, 2.0, 3.0]
        assert artifact.data_type == "numpy.ndarray"
        assert Path(artifact.uri).stat().st_size == artifact.size
        assert artifact.parent_step.name == "load"
        assert artifact.producer_step.status == "completed"
        assert artifact.producer_step.name == "load"
    assert not first.get_step("load").outputs["X"].is_cached
    assert second.get_step("load").outputs["X"].is_cached
    assert second.get_step("train").inputs["X"].is_cached
    assert first.get_step("train").output.data_type == "builtins.float"


def test_the_producer_of_a_cached_artifact_may_be_another_pipelines_step(module: Any) -> None:
    made = module.digits()
    artifact = module.other().get_step("load").outputs["y"]
    assert artifact.is_cached
    assert artifact.parent_step.status == "cached"
    assert artifact.producer_step.status == "completed"
    assert artifact.producer_step.record.started == made.get_step("load").record.started


def test_an_artifact_whose_file_is_gone(module: Any) -> None:
    artifact = module.digits().get_step("load").outputs["X"]
    Path(artifact.uri).unlink()
    with pytest.raises(ZCompileError):
        artifact.read()


def test_cached_steps_make_a_run_completed(module: Any, project: Project) -> None:
    module.digits()
    run = module.digits()
    assert [step.status for step in run.steps] == ["cached"] * 3
    assert run.status == "completed"
    assert all(step.is_cached for step in run.steps)
    assert project.executed() == ["load", "train", "tell"]


def test_a_run_is_running_until_its_last_step_has_ended(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def look(context: StepContext) -> list[str]:
    run = get_pipeline("p").runs[-1]
    return [run.status, *(f"{{step.name}} {{step.status}}" for step in run.steps)]

@step
def after(seen: list[str]) -> None: ...

@pipeline
def p():
    after(look())
"""
    )
    run = module.p()
    assert run.get_step("look").output.read() == ["running", "look running", "after waiting"]
    assert run.status == "completed"


def test_another_process_sees_the_runs(module: Any, project: Project) -> None:
    run = module.digits()
    project.write(
        "look.py",
        """
        from zcompile.post_execution import get_pipeline

        run = get_pipeline("digits").runs[-1]
        print(run.name, run.status, run.get_step("train").output.read())
        """,
    )
    done = project.python("look.py")
    assert done.stdout.split() == [run.name, "completed", str(run.get_step("train").output.read())]
