"""A pipeline with parameters of its own: one passed on, one computed with, one to choose with."""

from typing import Literal

from zcompile import pipeline, step


@step
def load(count: int) -> list[int]:
    return list(range(count))


@step
def train(rows: list[int], gamma: float, scale: float = 1.0) -> float:
    return gamma * scale * sum(rows)


@pipeline
def sized(count: int = 3, gamma: float = 0.5, mode: Literal["short", "long"] = "short"):
    train(load(count), gamma=gamma * 2)
    if mode == "long":
        train([1, 2], gamma=gamma)
