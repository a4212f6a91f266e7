from zcompile import BaseStepConfig, pipeline, step


class TrainerConfig(BaseStepConfig):
    gamma: float
    rounds: int = 3


@step
def load(rows: int) -> int:
    return rows


@step
def train(config: TrainerConfig, value: int) -> float:
    return value * config.gamma


@pipeline
def training(loader, trainer):
    trainer(loader())


instance = training(loader=load(), trainer=train())
