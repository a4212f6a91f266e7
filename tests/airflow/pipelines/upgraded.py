"""Three steps in a row, whose first one waits until the test lets it go on."""

from pathlib import Path

from zcompile import pipeline, step


@step
def load(folder: str) -> int:
    return int(Path(folder, "gate").read_text())


@step
def grow(number: int, by: int) -> int:
    return number + by


@step
def total(number: int) -> list[int]:
    return [number]


@pipeline
def upgraded(folder: str = ""):
    total(grow(load(folder), by=1))
