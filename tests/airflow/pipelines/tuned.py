"""Two steps whose parameters are tuned in the trigger form."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr, field_validator

from zcompile import BaseStepConfig, pipeline, step


def even(value: int) -> int:
    if value % 2:
        raise ValueError(f"{value} is odd")
    return value


class Layer(BaseModel):
    width: int = Field(8, ge=1)


class TrainConfig(BaseStepConfig):
    gamma: float = Field(0.001, gt=0, le=1, description="Kernel coefficient.")
    kernel: Literal["linear", "rbf"] = "rbf"
    solver: str = "sgd"
    note: str = ""
    seed: int | None = None
    since: date = date(2026, 1, 31)
    query: str = "select *\nfrom digits"
    layer: Layer = Layer()
    rate: float = 1.0
    password: SecretStr | None = None

    @field_validator("solver")
    @classmethod
    def known_solver(cls, solver: str) -> str:
        if solver not in ("sgd", "adam"):
            raise ValueError(f"there is no solver {solver}")
        return solver


@step
def load(count: Annotated[int, AfterValidator(even)] = 4) -> list[int]:
    return list(range(count))


@step
def train(config: TrainConfig, rows: list[int]) -> float:
    return config.gamma * sum(rows)


@pipeline
def tuned(step_1, step_2):
    step_2(step_1())


tuned_instance = tuned(step_1=load(), step_2=train())
