"""Parameters of every kind: bounded, checked by code, and a template."""

from pydantic import Field, field_validator

from zcompile import BaseStepConfig, pipeline, step


class TrainConfig(BaseStepConfig):
    rate: float = Field(default=0.5, ge=0, description="Learning rate.")
    solver: str = "sgd"

    @field_validator("solver")
    @classmethod
    def known_solver(cls, solver: str) -> str:
        if solver not in ("sgd", "adam"):
            raise ValueError(f"there is no solver {solver}")
        return solver


@step
def train(config: TrainConfig) -> str:
    return f"{config.solver} at {config.rate}"


@step
def stamp(text: str, day: str = "never") -> str:
    return f"{text} on {day}"


@pipeline
def form():
    stamp(train())
