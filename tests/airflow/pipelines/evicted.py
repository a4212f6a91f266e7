"""A step that uses a cached result only after another step has waited."""

from pathlib import Path

from zcompile import pipeline, step


@step
def make(folder: str) -> int:
    with Path(folder, "executed").open("a") as file:
        file.write("make\n")
    return 20


@step(enable_cache=False)
def wait(folder: str) -> int:
    return int(Path(folder, "gate").read_text())  # waits until the test has written


@step(enable_cache=False)
def use(number: int, one: int) -> int:
    return number + one


@pipeline
def evicted(folder: str = ""):
    use(make(folder), wait(folder))
