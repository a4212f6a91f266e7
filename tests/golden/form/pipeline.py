"""Parameters of every kind, as the trigger form gets them."""

from datetime import date
from typing import Annotated, Any, Literal, Optional, Union

from pydantic import BaseModel, Field

from zcompile import BaseStepConfig, pipeline, step


class Layer(BaseModel):
    width: int = Field(16, ge=1, description="Units.")
    activation: Literal["relu", "tanh"] = "relu"


class Tree(BaseModel):
    name: str = "root"
    children: list["Tree"] = []


class TrainConfig(BaseStepConfig):
    gamma: float = Field(0.001, gt=0, le=1, description="Kernel coefficient.", title="Gamma")
    kernel: Literal["linear", "rbf"] = "rbf"
    seed: Optional[int] = Field(None, ge=0)
    layers: list[Layer] = [Layer(width=8), Layer()]
    solver: Optional[Literal["exact", "fast"]] = None
    since: date = date(2026, 1, 31)
    note: str = ""
    query: str = "select *\nfrom digits"
    extra: Any = None
    day: str = "{{ ds }}"
    big: int = 2**60


@step
def load(count: Annotated[int, Field(ge=1)] = 20, tags: set[Literal["a", "b"]] = {"b", "a"}) -> int:
    return count


@step
def train(config: TrainConfig, count: int, tree: Tree, limit: Union[int, str] = "none") -> float:
    return config.gamma


@pipeline(name="form")
def form_pipeline(count: Annotated[int, Field(ge=1, description="Rows to load.")] = 20):
    train(count=load(count), tree=Tree(children=[Tree(name="leaf")]))
