import numpy as np

from zcompile import pipeline, step


@step
def load() -> np.ndarray:
    return np.zeros(3)


@step
def scale(values: np.ndarray, factor: float = 2.0) -> np.ndarray:
    return values * factor


@step
def total(values: np.ndarray, others: np.ndarray) -> float:
    return float(values.sum())


@pipeline
def sums():
    values = load()
    scale(values, 2.0, 3.0)
    scale(values, vlaues=values)
    scale(values, factr=3.0)
    scale(values, values=values)
    total(values)
    total(load, [values])
    total(
        values,
        others=np.zeros(3),
    )
    values + 1
