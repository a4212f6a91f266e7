"""Steps that depend on files, on the age of their results, and on what a function returns."""

import os
from pathlib import Path

from pydantic import FilePath

from zcompile import pipeline, step


def data() -> Path:
    return Path(os.environ["AIRFLOW_HOME"]).parent / "runs_outside"


@step(files=["runs_outside/*.csv"], cache_ttl="1d")
def listed() -> list[str]:
    return sorted(path.read_text() for path in data().glob("*.csv"))


@step
def table(path: FilePath = "runs_outside/a.csv") -> str:
    return path.read_text()


def newest(kind: str) -> str:
    return (data() / f"{kind}.txt").read_text()


@step(cache_func=newest)
def queried(kind: str = "orders") -> str:
    return newest(kind)


@pipeline
def outside():
    listed()
    table()
    queried()
