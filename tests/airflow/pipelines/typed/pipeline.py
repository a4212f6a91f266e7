"""Two branches with tables, an object of the project's own class, and a model as parameter."""

import pandas as pd
from records import CutConfig, Summary

from zcompile import pipeline, step


@step
def table() -> pd.DataFrame:
    return pd.DataFrame({"a": [1, 2, 3, 4], "b": [0.5, 1.5, 2.5, 3.5], "c": list("wxyz")})


@step
def cut(config: CutConfig, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[list(config.names)].iloc[config.window.first : config.window.last]


@step
def count(frame: pd.DataFrame) -> int:
    return len(frame)


@step
def summarize(frame: pd.DataFrame, rows: int) -> Summary:
    return Summary(rows, list(frame.columns))


@step
def tell(summary: Summary) -> str:
    return summary.text()


@pipeline
def typed():
    frame = table()
    tell(summarize(cut(frame), count(frame)))
