"""Two branches from a step that waits; each step notes that it was executed."""

from pathlib import Path

from zcompile import pipeline, step


def note(folder: str, name: str) -> None:
    with Path(folder, "executed").open("a") as file:
        file.write(f"{name}\n")


@step
def load(folder: str) -> int:
    note(folder, "load")
    return int(Path(folder, "gate").read_text())  # waits until the test has written


@step
def left(number: int, folder: str) -> int:
    note(folder, "left")
    return number * 2


@step
def right(number: int, folder: str) -> int:
    note(folder, "right")
    return number + 1


@step
def total(one: int, other: int, folder: str) -> int:
    note(folder, "total")
    return one + other


@pipeline
def concurrent(folder: str = ""):
    number = load(folder)
    total(left(number, folder), right(number, folder), folder)
