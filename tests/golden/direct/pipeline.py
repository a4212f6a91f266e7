"""The direct style: outputs by annotation, parameters as arguments, and a step that is repeated."""

from enum import Enum
from typing import Annotated, Literal, Optional, Tuple

from pydantic import BaseModel, Field

from zcompile import pipeline, step


class Kernel(Enum):
    LINEAR = "linear"
    RBF = "rbf"


class Bounds(BaseModel):
    low: float = 0.0
    high: Annotated[float, Field(gt=0, description="Upper end")] = 1.0


@step
def load(count: int = 10) -> Tuple[Annotated[list[float], "X"], Annotated[list[int], "y"]]:
    """Makes `count` samples."""
    return [float(i) for i in range(count)], [i % 2 for i in range(count)]


@step
def train(
    X: list[float],
    y: list[int],
    gamma: float,
    kernel: Kernel = Kernel.RBF,
    solver: Literal["exact", "fast"] = "exact",
    bounds: Bounds = Bounds(),
    seed: Optional[int] = None,
) -> float:
    return gamma * sum(X)


@step(cache_version="2")
def best(first: float, second: float) -> float:
    return max(first, second)


@pipeline
def sweep(count: int = 20, low: float = 0.1):
    """Trains twice, and keeps the better model."""
    X, y = load(count)
    first = train(X=X, y=y, gamma=low)
    second = train(X=X, y=y, gamma=10 * low, kernel=Kernel.LINEAR, bounds=Bounds(high=2))
    best.with_options(name="winner", enable_cache=False)(first, second)
