"""Parameters of a config and of an argument, which may be a template."""

from pydantic import Field

from zcompile import BaseStepConfig, pipeline, step


class TrainConfig(BaseStepConfig):
    rate: float = Field(default=0.5, ge=0, description="Learning rate.")
    solver: str = "sgd"


@step
def train(config: TrainConfig) -> str:
    return f"{config.solver} at {config.rate}"


@step
def stamp(text: str, day: str = "never") -> str:
    return f"{text} on {day}"


@pipeline
def form():
    stamp(train())
