from zcompile import step

from .scale import FACTOR


@step
def negate(value: int) -> int:
    return -value


@step
def double(value: int) -> int:
    from steps.lazy import multiply

    return multiply(value, FACTOR)


@step
def join(left: int, right: int) -> None:
    pass
