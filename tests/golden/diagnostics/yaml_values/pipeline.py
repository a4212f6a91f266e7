from pydantic import BaseModel

from zcompile import BaseStepConfig, pipeline, step


class Limits(BaseModel):
    low: int = 0
    high: int = 1


class Config(BaseStepConfig):
    rows: int = 1
    limits: Limits = Limits()
    names: list[str] = []


@step
def load(config: Config) -> int:
    return config.rows


@pipeline
def loading(factor: int = 1):
    load()
