"""pandas frames, series and indexes come back exactly, as Arrow where that is exact."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import pandas as pdst

from zruntime.materializers import load_value, store_value
from zruntime.store import MemoryStore


class Table(pd.DataFrame):
    @property
    def _constructor(self) -> type[Table]:
        return Table


@pytest.fixture(scope="module")
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as store:
        yield store


def assert_same(loaded: Any, value: Any) -> None:
    assert type(loaded) is type(value)
    if isinstance(value, pd.Index):
        pd.testing.assert_index_equal(loaded, value, exact=True, check_exact=True)
        return
    options: Any = {"check_exact": True, "check_index_type": "exact"}
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(loaded, value, **options)
        pd.testing.assert_index_equal(loaded.columns, value.columns, exact=True)
    else:
        pd.testing.assert_series_equal(loaded, value, **options)


PAIRS = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", None])

ARROW = {
    "floats": pd.DataFrame({"a": [1.5, np.nan, -0.0, np.inf]}),
    "range columns": pd.DataFrame(np.ones((3, 2)), columns=pd.RangeIndex(1, 5, 2, name="n")),
    "integer columns": pd.DataFrame({3: [1], 1: [2]}),
    "pair columns": pd.DataFrame(np.ones((2, 4), "f4"), columns=PAIRS),
    "pair index": pd.DataFrame({"v": range(4)}, index=PAIRS),
    "named index": pd.DataFrame({"v": [1, 2]}, index=pd.Index([5, 3], name="key")),
    "categories": pd.DataFrame({"c": pd.Categorical(["a", None], ["b", "a", "z"], ordered=True)}),
    "nullable": pd.DataFrame({"i": pd.array([1, None], "Int8"), "b": pd.array([None, True])}),
    "times": pd.DataFrame({"t": pd.to_datetime(["2024-10-27"]).tz_localize("Europe/Berlin")}),
    "strings": pd.DataFrame({"s": ["x", None, "ß"]}),
    "no rows": pd.DataFrame({"a": pd.Series([], dtype="i4"), "b": pd.Series([], dtype="f8")}),
    "no columns": pd.DataFrame(),
    "series": pd.Series([1, 2], name=("a", 1), index=["x", "y"]),
    "nameless series": pd.Series([True, False]),
    "index": pd.Index(["x", "y"], name="n"),
    "pairs": PAIRS,
}

PICKLE = {
    "mixed objects": pd.Series([1, "a", True], dtype=object),
    "none and nan": pd.Series([None, float("nan"), "a"], dtype=object),
    "lists": pd.Series([[1], [2, 3]]),
    "equal column names": pd.DataFrame(np.ones((2, 2)), columns=["a", "a"]),
    "mixed column names": pd.DataFrame({1: [1], "1": [2]}),
    "frequency": pd.Series([1, 2], index=pd.date_range("2024", periods=2, name="day")),
    "sparse": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    "range index": pd.RangeIndex(1, 9, 2, name="n"),
    "surrogate": pd.Series(["\ud800"], dtype=object),
}


@pytest.mark.parametrize("value", ARROW.values(), ids=ARROW)
def test_frames_that_arrow_gives_back_are_arrow(store: MemoryStore, value: Any) -> None:
    ref = store_value(store, value)
    assert ref.materializer == "pandas/1"
    assert_same(load_value(store, ref), value)


@pytest.mark.parametrize("value", PICKLE.values(), ids=PICKLE)
def test_frames_that_arrow_would_change_are_pickled(store: MemoryStore, value: Any) -> None:
    ref = store_value(store, value)
    assert ref.materializer == "pandas-pickle/1"
    assert_same(load_value(store, ref), value)


def test_objects_in_columns_keep_their_types(store: MemoryStore) -> None:
    value = pd.Series([1, True, 1.0, None, "1"], dtype=object)
    loaded = load_value(store, store_value(store, value))
    assert [(type(item), item) for item in loaded] == [(type(item), item) for item in value]


@given(
    pdst.data_frames(
        [
            pdst.column("number", dtype=float),
            pdst.column("count", dtype="int64"),
            pdst.column("flag", dtype=bool),
            pdst.column("text", elements=st.text()),
            pdst.column("day", dtype="datetime64[ns]"),
        ],
        index=pdst.indexes(elements=st.integers(0, 9), min_size=0, max_size=5),
    )
)
def test_any_frame_comes_back_as_it_was(store: MemoryStore, frame: pd.DataFrame) -> None:
    assert_same(load_value(store, store_value(store, frame)), frame)
    assert_same(load_value(store, store_value(store, frame["text"])), frame["text"])


def test_equal_frames_have_equal_digests_however_they_came_about(store: MemoryStore) -> None:
    whole = pd.DataFrame(
        {"s": list("abcdefgh"), "n": range(8), "c": pd.Categorical(list("ab") * 4)}
    )
    cut = whole.iloc[2:6].reset_index(drop=True)
    halves = [cut.iloc[:2], cut.iloc[2:]]
    same = [
        cut,
        cut.copy(),
        pd.concat(halves, ignore_index=True),
        load_value(store, store_value(store, cut)),
    ]
    refs = [store_value(store, frame) for frame in same]
    assert len({ref.digest for ref in refs}) == 1
    assert refs[0].digest != store_value(store, whole).digest


def test_a_slice_does_not_store_what_it_was_cut_from(store: MemoryStore) -> None:
    whole = pd.DataFrame({"secret": [f"customer {number}" for number in range(1000)]})
    ref = store_value(store, whole.head(2))
    assert b"customer 1" in store.blob(ref).read_bytes()
    assert b"customer 2" not in store.blob(ref).read_bytes()


@pytest.mark.parametrize("columns", [["a"], ["a", "b"]])
def test_changing_a_loaded_frame_leaves_the_stored_one_alone(
    store: MemoryStore, columns: list[str]
) -> None:
    frame = pd.DataFrame({name: np.arange(3.0) for name in columns})
    ref = store_value(store, frame)
    loaded = load_value(store, ref)
    loaded.iloc[0, 0] = 9.0
    loaded.loc[1, "a"] = 8.0
    loaded["new"] = 1
    assert loaded["a"].tolist() == [9.0, 8.0, 2.0]
    assert_same(load_value(store, ref), frame)


def test_subclasses_keep_their_class(store: MemoryStore) -> None:
    loaded = load_value(store, store_value(store, Table({"a": [1]})))
    assert type(loaded) is Table


def test_frames_are_stored_without_pyarrow_too() -> None:
    code = """
import sys
sys.modules["pyarrow"] = None
import pandas as pd
from zruntime.materializers import load_value, store_value
from zruntime.store import MemoryStore

frame = pd.DataFrame({"a": [1, 2], "s": ["x", "y"]})
with MemoryStore() as store:
    ref = store_value(store, frame)
    pd.testing.assert_frame_equal(load_value(store, ref), frame)
print(ref.materializer)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "pandas-pickle/1"


def test_rows_and_columns_are_shown(store: MemoryStore) -> None:
    small = store_value(store, pd.DataFrame({"a": [1.0], "b": [True]}))
    assert small.metadata == {
        "rows": 1,
        "columns": [{"name": "a", "dtype": "float64"}, {"name": "b", "dtype": "bool"}],
        "column_count": 2,
        "preview": {"kind": "table", "columns": ["a", "b"], "rows": [[1.0, True]]},
    }
    wide = store_value(store, pd.DataFrame(np.zeros((2, 80))))
    assert len(wide.metadata["columns"]) == 50
    assert wide.metadata["column_count"] == 80
    series = store_value(store, pd.Series([1, 2])).metadata
    assert (series["rows"], series["dtype"]) == (2, "int64")
    assert series["preview"]["rows"] == [[1], [2]]
