"""Two branches from one source: each step but the first uses one helper of another module."""

from features import scale, shift

from zcompile import pipeline, step


@step
def load() -> int:
    return 20


@step
def scaled(number: int) -> int:
    return scale(number)


@step
def shifted(number: int) -> int:
    return shift(number)


@step
def total(left: int, right: int) -> int:
    return left + right


@pipeline
def chain():
    number = load()
    total(scaled(number), shifted(number))
