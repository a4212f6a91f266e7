"""What a step is configured with, in code."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Mistake, Project

from zcompile.exceptions import MissingStepParameterError, StepInterfaceError

STEPS = """
class Config(BaseStepConfig):
    gamma: float = 0.1
    depth: int = 3

class Strict(BaseStepConfig):
    gamma: float

class Other(BaseStepConfig):
    size: int = 1

class Wild(BaseStepConfig):
    value: Any = None

class Store(BaseMaterializer):
    def save(self, value, file): ...
    def load(self, file, data_type): ...

@step
def loader() -> int:
    note("loader")

@step
def trainer(config: Config, data: int) -> float:
    note("trainer")

@step
def strict(config: Strict) -> float:
    note("strict")

@step
def wild(config: Wild) -> float:
    note("wild")

@step
def plain(gamma: float, names: list[str] = ()) -> float:
    note("plain")

@step
def split() -> Output(left=int, right=int):
    note("split")

"""


def mistake(
    name: str, run: str, *words: str, error: type[StepInterfaceError] = StepInterfaceError
) -> Mistake:
    """Code that makes an instance; where it has several lines, they are a pipeline's body."""
    source = f"def run():\n    {run}"
    if run.startswith("body:"):
        source = f"@pipeline\ndef run():\n    {run.removeprefix('body:')}"
    return Mistake(name, STEPS + source, words, error)


MISTAKES = [
    mistake(
        "config for a step without one",
        "loader(Config())",
        "`loader`",
        "takes no config",
        "Config(gamma=0.1",
        "add an argument",
    ),
    mistake(
        "config for a step without one, in a body",
        "body:loader(Config())",
        "`loader`",
        "takes no config",
        "add an argument",
    ),
    mistake("config of another class", "trainer(Other())", "`trainer`", "`Config`", "Other(size=1"),
    mistake(
        "config of another class, in a body",
        "body:trainer(Other(), 1)",
        "`trainer`",
        "`Config`",
        "Other(size=1",
    ),
    mistake("a wrong keyword", "trainer(settings=Config())", "`trainer`", "`settings`", "config="),
    mistake("two configs", "trainer(Config(), Config())", "`trainer`", "2 configs", "one `Config`"),
    mistake(
        "two configs, in a body",
        "body:trainer(Config(), Config(), 1)",
        "`trainer`",
        "two configs",
        "one `Config`",
    ),
    mistake(
        "no config in the config's place",
        "body:trainer(config=5, data=1)",
        "`trainer`",
        "`Config`",
        "5",
        "config=Config(",
    ),
    mistake(
        "config and one of its fields",
        "body:trainer(Config(gamma=1), 1, gamma=2)",
        "`trainer`",
        "`gamma`",
        "twice",
    ),
    mistake(
        "a required field is set nowhere",
        "body:strict()",
        "`strict`",
        "`gamma`",
        "in code",
        "in the YAML config",
        "as a default",
        error=MissingStepParameterError,
    ),
    mistake(
        "a required argument is set nowhere",
        "body:plain()",
        "`plain`",
        "`gamma`",
        "in code",
        "in the YAML config",
        "as a default",
        error=MissingStepParameterError,
    ),
    mistake("a value of the wrong type", "body:plain('big')", "`plain`", "`gamma`", "'big'"),
    mistake(
        "a field of the wrong type", "body:strict(gamma='big')", "`strict`", "`gamma`", "'big'"
    ),
    mistake(
        "a value that JSON cannot hold",
        "body:wild(Wild(value=object()))",
        "`wild`",
        "JSON cannot hold",
        "let a step produce it",
    ),
    mistake(
        "a number of more digits than Python writes",
        "body:trainer(Config(), 10**5000)",
        "`trainer`",
        "`data`",
        "JSON cannot hold",
    ),
    mistake(
        "infinity", "body:wild(Wild(value=float('inf')))", "`value`", "`wild`", "JSON cannot hold"
    ),
    mistake(
        "a secret",
        "body:from pydantic import SecretStr; wild(Wild(value=SecretStr('x')))",
        "`value`",
        "`wild`",
        "secret",
    ),
    mistake(
        "no materializer class",
        "split.with_options(output_materializers=int)",
        "`split`",
        "`left`",
        "not a materializer class",
        "BaseMaterializer",
    ),
    mistake(
        "a materializer object",
        "split.with_options(output_materializers={'right': Store()})",
        "`split`",
        "`right`",
        "not a materializer class",
    ),
    mistake(
        "a materializer for an output that is not there",
        "split.with_options(output_materializers={'middle': Store})",
        "`split`",
        "`middle`",
        "`left`, `right`",
    ),
]


@pytest.mark.parametrize("case", MISTAKES, ids=str)
def test_a_wrong_config(case: Mistake, project: Project) -> None:
    case.check(project)


def test_a_materializer_for_one_output_of_several(project: Project) -> None:
    module = project.load(
        """
        from zcompile import BaseMaterializer, Output, pipeline, step

        class Words(BaseMaterializer):
            def save(self, value, file):
                file.write(f"number {value}".encode())
            def load(self, file, data_type):
                return int(file.read().split()[1])

        @step(output_materializers={"right": Words})
        def split() -> Output(left=int, right=int):
            return 1, 2

        @pipeline
        def p():
            split()
        """
    )
    outputs = module.p().get_step("split").outputs
    assert [outputs["left"].read(), outputs["right"].read()] == [1, 2]
    assert Path(outputs["right"].uri).read_text() == "number 2"
    assert Path(outputs["left"].uri).read_text() != "number 1"


CONFIGURED = """
from typing import Any, Optional
from pydantic import BaseModel, Field
from zcompile import BaseStepConfig, pipeline, step

class Config(BaseStepConfig):
    seed: Optional[int] = None
    layers: list[int] = Field(default_factory=lambda: [8, 4])
    rate: float = Field(0.5, alias="learningRate")
    tags: set[str] = set()

@step
def show(config: Config) -> dict[str, Any]:
    return config.model_dump()

@step
def show_default(config: Config = Config(seed=7, rate=0.25)) -> dict[str, Any]:
    return config.model_dump()

class Point(BaseModel):
    x: int = Field(alias="X")

@step
def plain(point: Point, label: Optional[str] = None, weight: float = 1) -> str:
    return f"{point.x} {label} {weight!r}"

@pipeline
def classic(first):
    first()

@pipeline
def direct():
    show_default(layers=[1])
    plain(Point(X=3), weight=2)
"""


def test_none_and_factories_are_defaults_and_aliases_are_known_by_both_names(
    project: Project,
) -> None:
    module = project.load(CONFIGURED)
    defaults = {"seed": None, "layers": [8, 4], "rate": 0.5, "tags": []}
    step_view = module.classic(module.show()).run().get_step("first")
    assert step_view.parameters == defaults
    assert step_view.output.read() == {**defaults, "tags": set()}
    config = module.Config(learningRate=0.75, tags={"c", "a", "b"})
    step_view = module.classic(module.show(config)).run().get_step("first")
    assert step_view.parameters == {**defaults, "rate": 0.75, "tags": ["a", "b", "c"]}
    assert step_view.output.read()["rate"] == 0.75
    again = module.classic(module.show(module.Config(rate=0.75, tags={"b", "c", "a"}))).run()
    assert again.get_step("first").is_cached


def test_the_default_of_a_config_argument_counts_and_pydantic_models_are_parameters(
    project: Project,
) -> None:
    run = project.load(CONFIGURED).direct()
    assert run.get_step("show_default").parameters == {
        "seed": 7,
        "layers": [1],
        "rate": 0.25,
        "tags": [],
    }
    assert run.get_step("plain").parameters == {"point": {"X": 3}, "label": None, "weight": 2.0}
    assert run.get_step("plain").output.read() == "3 None 2.0"


def test_a_required_value_may_come_from_yaml(project: Project) -> None:
    project.write(
        "config.yaml",
        "steps:\n  train:\n    parameters:\n      gamma: 0.5\n      depth: 2\n",
    )
    module = project.load(
        """
        from zcompile import BaseStepConfig, pipeline, step

        class Config(BaseStepConfig):
            gamma: float

        @step
        def train(config: Config, depth: int) -> float:
            return config.gamma * depth

        @pipeline
        def p():
            train()
        """
    )
    run = module.p.with_options(config_path=project.folder / "config.yaml")()
    assert run.get_step("train").output.read() == 1.0
