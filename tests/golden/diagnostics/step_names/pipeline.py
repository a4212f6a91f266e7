from typing import Annotated, Tuple

from zcompile import BaseStepConfig, Output, pipeline, step


class Config(BaseStepConfig):
    rows: int = 10
    score: float = 0.5


@step
def load(config: Config, rows: int, limit: int) -> Annotated[int, "limit"]:
    return rows


@step
def split(
    config: Config, value: int
) -> Tuple[
    Annotated[int, "train"],
    Annotated[int, "train"],
    Annotated[float, "score"],
    Annotated[int, "test set"],
]: ...


@step
def name() -> Output(good=int, **{"class": int}): ...


@pipeline
def training():
    split(value=load(rows=1, limit=2))
