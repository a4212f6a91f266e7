"""Helpers of the chain's steps."""


def scale(number: int) -> int:
    return number * 2


def shift(number: int) -> int:
    return number + 1
