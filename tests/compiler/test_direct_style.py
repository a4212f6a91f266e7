"""Pipelines that call their steps directly, beside those that are handed instances of them."""

from __future__ import annotations

import pytest
from projects import PRELUDE, Project

from zcompile.exceptions import PipelineConfigurationError, PipelineInterfaceError

SOURCE = f"""{PRELUDE}
from pydantic import BaseModel

class Config(BaseStepConfig):
    gamma: float = 0.001

class Limits(BaseModel):
    low: int = 0
    high: int = 10

@step
def load() -> Tuple[Annotated[np.ndarray, "X_train"], Annotated[np.ndarray, "y_train"]]:
    note("load")
    return np.arange(4.0), np.arange(4)

@step
def svc_trainer(config: Config, X_train: np.ndarray, y_train: np.ndarray) -> float:
    note(f"svc_trainer:{{config.gamma}}")
    return config.gamma * float(X_train.sum())

@step
def clip(score: float, limits: Limits, label: str = "score") -> str:
    note("clip")
    return f"{{label}} {{min(max(score, limits.low), limits.high)}}"

@pipeline(name="p")
def classic(load, svc_trainer, clip):
    X, y = load()
    clip(svc_trainer(X, y), limits=Limits(high=1))

@pipeline(name="p")
def direct(gamma: float = 0.001, limits: Limits = Limits(high=1)):
    X, y = load()
    clip(svc_trainer(X_train=X, y_train=y, gamma=gamma), limits)

@pipeline
def thrice(first: float, rest: list[float] = [2]):
    X, y = load()
    svc_trainer(X, y, gamma=first)
    for gamma in rest:
        svc_trainer(X, y, gamma=gamma)
    svc_trainer.with_options(name="fresh", enable_cache=False)(X, y, gamma=first)
"""


def test_both_styles_share_results(project: Project) -> None:
    module = project.load(SOURCE)
    instance = module.classic(module.load(), module.svc_trainer(module.Config()), module.clip())
    one = instance.run()
    assert project.executed() == ["load", "svc_trainer:0.001", "clip"]
    two = module.direct()
    assert project.executed() == []
    assert [step.record.key for step in one.steps] == [step.record.key for step in two.steps]
    assert [step.parameters for step in one.steps] == [step.parameters for step in two.steps]
    assert two.get_step("clip").output.read() == "score 0.006"


def test_both_styles_give_the_same_graph(project: Project) -> None:
    module = project.load(SOURCE)
    instance = module.classic(module.load(), module.svc_trainer(), module.clip())
    graphs = [
        [(step.name, step.record.inputs, step.record.function) for step in run.steps]
        for run in (instance.run(), module.direct())
    ]
    assert graphs[0] == graphs[1]


def test_parameters_of_the_pipeline(project: Project) -> None:
    module = project.load(SOURCE)
    run = module.direct(gamma=1, limits={"high": 5})
    assert run.get_step("svc_trainer").parameters == {"gamma": 1.0}
    assert run.get_step("clip").parameters["limits"] == {"low": 0, "high": 5}
    assert run.get_step("clip").output.read() == "score 5"
    project.write("config.yaml", "parameters:\n  gamma: 0.5\n")
    tuned = module.direct.with_options(config_path=project.folder / "config.yaml")
    assert tuned(gamma=1).get_step("svc_trainer").parameters == {"gamma": 0.5}


def test_a_step_may_be_called_several_times(project: Project) -> None:
    module = project.load(SOURCE)
    run = module.thrice(1.0, rest=[2, 3])
    names = ["load", "svc_trainer", "svc_trainer_2", "svc_trainer_3", "fresh"]
    assert [step.name for step in run.steps] == names
    gammas = [step.parameters.get("gamma") for step in run.steps]
    assert gammas == [None, 1.0, 2.0, 3.0, 1.0]
    assert project.executed()[1:] == [f"svc_trainer:{gamma}" for gamma in gammas[1:]]
    states = [step.status for step in module.thrice(first=1.0, rest=[2, 3]).steps]
    assert states == [*["cached"] * 4, "completed"]
    assert project.executed() == ["svc_trainer:1.0"]


def test_a_numbered_name_never_takes_that_of_another_step(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def make(value: int) -> int:
    return value

@pipeline
def p(make_2):
    make.with_options(name="make_3")(3)
    make(0)
    make(1)
    make_2(2)
"""
    )
    run = module.p(module.make()).run()
    values = {step.name: step.output.read() for step in run.steps}
    assert values == {"make": 0, "make_2": 2, "make_3": 3, "make_4": 1}


def test_options_of_a_run(project: Project) -> None:
    module = project.load(SOURCE)
    project.write("config.yaml", "steps:\n  svc_trainer:\n    parameters: {gamma: 4}\n")
    module.direct()
    project.executed()
    tuned = module.direct.with_options(
        config_path=str(project.folder / "config.yaml"), enable_cache=False, run_name="tuned"
    )
    run = tuned()
    assert project.executed() == ["load", "svc_trainer:4.0", "clip"]
    assert (run.name, run.record.enable_cache) == ("tuned", False)
    assert [step.status for step in module.direct().steps] == ["cached"] * 3


def test_an_instance_of_a_direct_pipeline_can_run_later(project: Project) -> None:
    module = project.load(SOURCE)
    instance = module.direct.instance(gamma=2).with_options(run_name="later")
    assert project.executed() == []
    assert instance.run().name == "later"
    assert project.executed() == ["load", "svc_trainer:2.0", "clip"]


def test_an_unknown_parameter_of_the_pipeline(project: Project) -> None:
    module = project.load(SOURCE)
    with pytest.raises(PipelineInterfaceError, match=r"`p`.*`rate`.*`gamma`, `limits`"):
        module.direct(rate=1)
    project.write("config.yaml", "parameters: {rate: 1}\n")
    with pytest.raises(PipelineConfigurationError, match=r"`p`.*`rate`.*`gamma`, `limits`"):
        module.direct.with_options(config_path=project.folder / "config.yaml")()
    assert project.executed() == []


def test_the_pipeline_compiles_without_an_instance(project: Project) -> None:
    project.write("pipeline.py", SOURCE.replace('@pipeline(name="p")\ndef classic', "def classic"))
    project.edit("pipeline.py", "first: float, ", "first: float = 1.0, ")
    done = project.python("-m", "zcompile", "pipeline.py")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (project.folder / "dags").glob("*.py")} == {"p.py", "thrice.py"}
    assert project.executed() == []
