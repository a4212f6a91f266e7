"""Ten steps, each of which notes that it was executed, and the first of which may have to wait."""

import os
from pathlib import Path

from zcompile import pipeline, step

STEPS = 10


@step
def begin(start: int, folder: str) -> list[int]:
    gate = Path(folder, "gate")
    note(folder, "begin", start)
    if gate.exists():
        gate.read_text()  # waits until the test has written
    return [start]


@step
def grow(numbers: list[int], folder: str, factor: int = 3) -> list[int]:
    note(folder, "grow", len(numbers), numbers[0])
    return [*numbers, numbers[-1] * factor % 1009]


def note(folder: str, *words: object) -> None:
    with Path(folder, "executed").open("a") as file:
        file.write(f"{os.environ['HOSTNAME']} {' '.join(map(str, words))}\n")


@pipeline
def numbers(start: int = 1, last_factor: int = 3, folder: str = ""):
    made = begin(start, folder)
    for _ in range(STEPS - 2):
        made = grow(made, folder)
    grow.with_options(name="last")(made, folder, last_factor)
