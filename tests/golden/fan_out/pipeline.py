"""Steps mapped over lists: one mapped over another, lists taken together, and results reduced."""

from typing import Annotated

from zcompile import BaseStepConfig, Output, pipeline, step, unmapped


class ScoreConfig(BaseStepConfig):
    power: int = 2


@step
def regions() -> Output(names=list[str], sizes=tuple[int, ...]):
    """Lists the regions."""
    return ["north", "south"], (3, 4)


@step
def weight() -> Annotated[float, "weight"]:
    return 0.5


@step
def score(config: ScoreConfig, name: str, size: int, weight: float) -> Annotated[float, "score"]:
    """Scores one region."""
    return weight * size**config.power


@step
def label(score: float) -> str:
    return f"{score:.1f}"


@step
def report(names: list[str], scores: list[float], labels: list[str]) -> dict[str, str]:
    """Puts the scores of all regions together."""
    return dict(zip(names, labels, strict=True))


@pipeline
def regional():
    names, sizes = regions()
    scores = score.map(names, size=sizes, weight=unmapped(weight()))
    labels = label.with_options(name="marks").map(scores)
    report(names, scores, labels)
