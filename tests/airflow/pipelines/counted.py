"""A table, what is counted of it with a secret, and a step that always fails."""

import pandas as pd
from pydantic import SecretStr

from zcompile import BaseStepConfig, pipeline, secret, step


class Access(BaseStepConfig):
    password: SecretStr = secret("env:A_PASSWORD")


@step
def table() -> pd.DataFrame:
    return pd.DataFrame({"name": ["a", "b", "c"], "number": [1, 2, 3]})


@step
def counted(config: Access, table: pd.DataFrame) -> int:
    print("the password is", config.password.get_secret_value())
    return len(table) + len(config.password.get_secret_value())


@step
def failing(config: Access, number: int) -> int:
    raise ValueError(f"the password is {config.password.get_secret_value()}")


@pipeline
def counted_tables():
    failing(number=counted(table=table()))
