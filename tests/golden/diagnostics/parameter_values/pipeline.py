from typing import Literal

from pydantic import Field, SecretStr

from zcompile import BaseStepConfig, pipeline, step


class Config(BaseStepConfig):
    limit: float = float("inf")
    count: int = Field(3, ge=1)
    mode: Literal["fast", "exact"] = "fast"


class Login(BaseStepConfig):
    password: SecretStr = SecretStr("hunter2")


@step
def load(config: Config, names: dict[str, list[int]]) -> int:
    return 1


@step
def query(login: Login) -> int:
    return 1


@pipeline
def training():
    load(names={"a": [1, "two"], "b": 3})
    load(count=0, mode="slow", names={})
    query()
