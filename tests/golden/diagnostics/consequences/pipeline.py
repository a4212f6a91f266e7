from zcompile import BaseStepConfig, pipeline, step


class Config(BaseStepConfig):
    gamma: float


@step
def load(rows):
    return rows


@step
def train(config: Config, values: list[int]) -> float:
    return config.gamma


@pipeline
def training():
    values, names = load(3)
    train(values)
    train(names)
