"""A list from a file that the cache cannot see, worked on item by item, and reported if large."""

import json
from pathlib import Path

from zcompile import pipeline, step


@step
def source(file: str = "") -> list[int]:
    return json.loads(Path(file).read_text())


@step
def apart() -> str:
    return "<img src=x onerror=alert(1)>"


@step
def scaled(number: int) -> int:
    return number * 10


@step
def total(values: list[int]) -> int:
    return sum(values)


@step
def report(value: int) -> str:
    return f"total {value}"


@step
def archive(value: int, other: str, text: str = "no report") -> str:
    return f"{value} {other} {text}"


@pipeline
def again():
    value = total(scaled.map(source()))
    text = report.with_options(when=value > 40)(value)
    archive(value, apart(), text)
