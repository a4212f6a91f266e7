"""Steps whose code depends on others in one way each."""

from typing import Any

from zcompile import pipeline, step

LIMIT = 10


def unused(number):
    return number


def times(factor):
    def decorate(function):
        def called(number):
            return function(number) * factor

        return called

    return decorate


@times(1)
def multiplied(number):
    return number


def adding(amount):
    def add(number):
        return number + amount

    return add


add_one = adding(1)
halve = lambda number: number // 2  # noqa: E731


class Base:
    def apply(self, number):
        return number + 3


class Shift(Base):
    pass


TABLE = {"zero": lambda: 0}


@step
def constant() -> int:
    return LIMIT


@step
def decorator() -> int:
    return multiplied(1)


@step
def closure() -> int:
    return add_one(1)


@step
def function() -> int:
    return halve(8)


@step
def base() -> int:
    return Shift().apply(1)


@step
def table() -> int:
    return TABLE["zero"]()


@step
def parameter(value: Any) -> str:
    return repr(value)


@step(cache_version="1")
def version() -> int:
    """Returns a constant."""
    return 1


@step
def same(number: int) -> int:
    return number + 1


@step
def consumer(number: int) -> int:
    return number


@pipeline
def rules():
    constant()
    decorator()
    closure()
    function()
    base()
    table()
    parameter(1)
    consumer(same(version()))
