"""Trains one classifier for each setting, takes the best one, and reports it if it is good.

python pipeline.py
"""

from typing import Annotated

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from zcompile import Output, pipeline, step, unmapped


@step
def settings() -> Annotated[list[float], "gammas"]:
    """The settings to try; one more of them trains one classifier more, and no other again."""
    return [0.0001, 0.001, 0.01, 0.1]


@step
def digits() -> Output(
    X_train=np.ndarray, X_test=np.ndarray, y_train=np.ndarray, y_test=np.ndarray
):
    """Loads the digits dataset as flattened arrays."""
    data = load_digits()
    images = data.images.reshape((len(data.images), -1))
    X_train, X_test, y_train, y_test = train_test_split(
        images, data.target, test_size=0.3, shuffle=False
    )
    return X_train, X_test, y_train, y_test


@step
def trained(
    gamma: float, X_train: np.ndarray, y_train: np.ndarray
) -> Annotated[ClassifierMixin, "model"]:
    """Trains a classifier with one setting."""
    return SVC(gamma=gamma).fit(X_train, y_train)


@step
def scored(
    model: ClassifierMixin, X_test: np.ndarray, y_test: np.ndarray
) -> Annotated[float, "accuracy"]:
    """Measures one classifier."""
    return float(model.score(X_test, y_test))


@step
def best(gammas: list[float], accuracies: list[float]) -> Output(gamma=float, accuracy=float):
    """The setting with the highest accuracy."""
    accuracy, gamma = max(zip(accuracies, gammas, strict=True))
    return gamma, accuracy


@step
def report(gamma: float, accuracy: float) -> Annotated[str, "text"]:
    """Runs only if the best classifier is good."""
    text = f"gamma {gamma} is right in {accuracy:.1%} of all cases"
    print(text)
    return text


@pipeline
def tuned():
    gammas = settings()
    X_train, X_test, y_train, y_test = digits()
    models = trained.map(gammas, X_train=unmapped(X_train), y_train=unmapped(y_train))
    accuracies = scored.map(models, X_test=unmapped(X_test), y_test=unmapped(y_test))
    gamma, accuracy = best(gammas, accuracies)
    report.with_options(when=accuracy > 0.95)(gamma, accuracy)


if __name__ == "__main__":
    tuned()
