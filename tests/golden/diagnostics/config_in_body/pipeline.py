"""Configs that are made in the body of a pipeline, with wrong values."""

from zcompile import BaseStepConfig, pipeline, step


class TrainerConfig(BaseStepConfig):
    gamma: float = 0.1
    rounds: int


@step
def train(config: TrainerConfig) -> float:
    return config.gamma


@pipeline
def training():
    train(TrainerConfig(gamma="high", rounds=3))
    train(TrainerConfig(gama=0.2, rounds=3))
    train(TrainerConfig())
