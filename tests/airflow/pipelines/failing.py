"""A step in the middle that fails until it is mended."""

from zcompile import pipeline, step


@step
def read() -> str:
    return "12 apples"


@step
def parse(text: str) -> int:
    return int(text)


@step
def report(number: int) -> str:
    return f"{number} in all"


@pipeline
def failing():
    report(parse(read()))
