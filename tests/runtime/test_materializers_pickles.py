"""Estimators, and everything that no other materializer takes."""

from __future__ import annotations

import functools
import importlib
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from zruntime.exceptions import MaterializerError
from zruntime.fingerprint import fingerprint_types
from zruntime.materializers import load_value, store_value
from zruntime.project import Project
from zruntime.store import MemoryStore


class Part:
    def __init__(self, size: object) -> None:
        self.size = size


class Whole:
    def __init__(self, *parts: Part) -> None:
        self.parts = parts
        self.kind: type = dict


class Rarely(Part):
    pass


class OwnEstimator(BaseEstimator):  # type: ignore[misc]
    def __init__(self, part: Part | None = None) -> None:
        self.part = part


def double(value: Any) -> Any:
    return 2 * value


@pytest.fixture(scope="module")
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as store:
        yield store


def types_of(store: MemoryStore, value: object) -> frozenset[type]:
    seen: list[frozenset[type]] = []

    def record(types: frozenset[type]) -> str:
        seen.append(types)
        return ""

    store_value(store, value, fingerprint_types=record)
    return seen[0]


X = np.random.default_rng(0).normal(size=(60, 4))
y = np.array(["a", "b", "c"] * 20)

ESTIMATORS = [
    SVC(gamma=0.01),
    RandomForestClassifier(n_estimators=5, random_state=0),
    make_pipeline(StandardScaler(), FunctionTransformer(double), SVC()),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda item: type(item).__name__)
def test_estimators_come_back_fitted(store: MemoryStore, estimator: Any) -> None:
    fitted = estimator.fit(X, y)
    ref = store_value(store, fitted)
    assert ref.materializer == "sklearn/1"
    loaded = load_value(store, ref)
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    assert store_value(store, loaded).digest == ref.digest


def test_parameters_of_estimators_are_shown(store: MemoryStore) -> None:
    ref = store_value(store, OwnEstimator(Part(1)))
    assert ref.metadata["estimator"] == "OwnEstimator"
    assert ref.metadata["parameters"] == {"part": "Part"}
    shown = store_value(store, StandardScaler(with_mean=False)).metadata["parameters"]
    assert shown == {"copy": True, "with_mean": False, "with_std": True}


def test_classes_inside_pickles_belong_to_the_value(store: MemoryStore) -> None:
    assert {Whole, Part} <= types_of(store, Whole(Part(1)))
    assert Part in types_of(store, {"a": Part(1)})
    assert {OwnEstimator, Part} <= types_of(store, OwnEstimator(Part(1)))


def test_changing_a_function_changes_the_values_that_hold_it(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    refs = []
    for factor in (2, 2, 3):
        (tmp_path / "scaling.py").write_text(f"def scale(value):\n    return {factor} * value\n")
        monkeypatch.delitem(sys.modules, "scaling", raising=False)
        holder = FunctionTransformer(importlib.import_module("scaling").scale)
        refs.append(
            store_value(
                store,
                holder,
                fingerprint_types=lambda types: fingerprint_types(types, Project(tmp_path)),
            )
        )
    assert len({ref.digest for ref in refs}) == 1
    assert refs[0].content == refs[1].content != refs[2].content


def test_objects_come_back_with_what_they_share(store: MemoryStore) -> None:
    part = Part({"a", "b"})
    part.size = {1, "x", (2, b"y"), frozenset({3})}
    loaded = load_value(store, store_value(store, Whole(part, part, Part(part.size))))
    assert loaded.parts[0] is loaded.parts[1]
    assert loaded.parts[0].size is loaded.parts[2].size
    assert loaded.parts[0].size == part.size
    assert loaded.kind is dict


def test_objects_that_hold_themselves_come_back_so(store: MemoryStore) -> None:
    part = Part(None)
    part.size = {"me": part, "set": {part}}
    loaded = load_value(store, store_value(store, part))
    assert loaded.size["me"] is loaded
    assert loaded.size["set"] == {loaded}


def test_equal_strings_count_as_one_object(store: MemoryStore) -> None:
    text = "".join(["a", "bc"])
    one, other = Whole(Part("abc"), Part("abc")), Whole(Part("abc"), Part(text))
    assert store_value(store, one).digest == store_value(store, other).digest


def test_an_array_that_was_loaded_is_pickled_as_a_fresh_one(store: MemoryStore) -> None:
    fresh = Whole(Part(np.zeros(2)), Part(np.ones(2)))
    ref = store_value(store, fresh)
    loaded = load_value(store, ref)
    mixed = Whole(loaded.parts[0], Part(np.ones(2)))
    assert store_value(store, mixed).digest == ref.digest


@pytest.mark.parametrize("value", [lambda x: x + 1, functools.partial(double, 3), double, Part])
def test_functions_and_classes_are_values_too(store: MemoryStore, value: Any) -> None:
    loaded = load_value(store, store_value(store, value))
    if value is double or value is Part:
        assert loaded is value
    else:
        assert loaded(*[2] if not isinstance(value, functools.partial) else []) in (3, 6)


def test_classes_defined_in_functions_are_stored_with_their_code(store: MemoryStore) -> None:
    class Local:
        def answer(self) -> int:
            return 42

    ref = store_value(store, Local())
    assert ref.type.endswith("<locals>.Local")
    assert load_value(store, ref).answer() == 42


def test_the_last_resort_warns_once_for_each_type(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "zruntime"):
        for size in range(3):
            store_value(store, Rarely(size))
        store_value(store, StandardScaler())
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 1
    assert "Rarely is stored with cloudpickle" in messages[0]
    assert "register a materializer" in messages[0]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (threading.Lock(), "_thread:lock"),
        (OwnEstimator(threading.Lock()), "OwnEstimator"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_pickled_is_a_clear_error(
    store: MemoryStore, value: object, kind: str
) -> None:
    with pytest.raises(MaterializerError, match=rf"{kind} cannot be stored.*Register") as caught:
        store_value(store, value)
    assert "cannot pickle" in str(caught.value)
