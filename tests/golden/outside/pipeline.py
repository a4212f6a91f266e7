"""Steps that depend on files, on what a function returns, and on the age of their results."""

from datetime import timedelta
from typing import Optional

from pydantic import DirectoryPath, FilePath
from zcompile import BaseStepConfig, pipeline, step


class Sources(BaseStepConfig):
    table: FilePath = "data/orders.csv"
    more: list[FilePath] = []
    images: Optional[DirectoryPath] = None
    region: str = "north"


def newest_row(table: str) -> str:
    return f"the newest row of {table}"


@step(files=["pipeline.py", "s3://bucket/{region}/*.parquet"], cache_ttl="1d 12h")
def read(config: Sources) -> int:
    return 1


@step(cache_func=newest_row, cache_ttl=timedelta(minutes=90))
def query(table: str = "orders") -> int:
    return 2


@step(cache_func=lambda: 1)
def joined(left: int, right: int) -> int:
    return left + right


@pipeline
def outside():
    joined(read(), query())
