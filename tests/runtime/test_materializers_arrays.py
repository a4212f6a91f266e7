"""numpy arrays and scalars: exact, canonical, and safe to change in place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from zruntime.materializers import load_value, store_value
from zruntime.store import ArtifactRef, MemoryStore

Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as store:
        yield store


def digest(store: MemoryStore, value: object) -> str:
    return store_value(store, value).digest


def is_mapped(array: Array) -> bool:
    base: Any = array
    while base is not None:
        if isinstance(base, np.memmap):
            return True
        base = getattr(base, "base", None)
    return False


DTYPES = st.one_of(
    npst.scalar_dtypes(),
    npst.unicode_string_dtypes(),
    npst.byte_string_dtypes(),
    npst.array_dtypes(max_size=3),
)


@given(st.data())
def test_arrays_come_back_as_they_were(store: MemoryStore, data: st.DataObject) -> None:
    shape = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    array = data.draw(npst.arrays(DTYPES, shape))
    loaded = load_value(store, store_value(store, array))
    assert type(loaded) is np.ndarray
    assert loaded.dtype == array.dtype
    assert loaded.shape == array.shape
    assert loaded.tobytes() == array.tobytes()
    assert loaded.flags.writeable


@given(npst.arrays(st.sampled_from(["f8", ">i4", "U3"]), npst.array_shapes(max_dims=3)))
def test_only_elements_count_not_their_layout(store: MemoryStore, array: Array) -> None:
    expected = digest(store, array)
    padded = np.zeros((*array.shape, 2), array.dtype)
    padded[..., 0] = array
    read_only = array.copy()
    read_only.flags.writeable = False
    layouts = [
        array.copy("F"),
        array.T.copy().T,
        padded[..., 0],
        np.flip(np.flip(array).copy()),
        read_only,
    ]
    for other in layouts:
        assert digest(store, other) == expected


def test_pieces_of_large_arrays_are_put_together(store: MemoryStore) -> None:
    array = np.arange(3_000_000.0).reshape(3, 1_000_000)
    turned = array.T
    assert digest(store, turned) == digest(store, np.ascontiguousarray(turned))
    assert digest(store, turned) != digest(store, array)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.zeros(4), np.zeros((2, 2))),
        (np.zeros(2, "f4"), np.zeros(2, "f8")),
        (np.zeros(2, ">i4"), np.zeros(2, "<i4")),
        (np.array(1.0), np.array([1.0])),
        (np.zeros((0, 3)), np.zeros((3, 0))),
        (np.array([0.0]), np.array([-0.0])),
    ],
)
def test_dtype_and_shape_count(store: MemoryStore, one: Array, other: Array) -> None:
    assert digest(store, one) != digest(store, other)


def test_the_padding_of_structured_arrays_does_not_count(store: MemoryStore) -> None:
    dtype = np.dtype({"names": ["a", "b"], "formats": ["u1", "f8"], "offsets": [0, 8]})
    clean, dirty = np.zeros(3, dtype), np.frombuffer(b"\xff" * 48, dtype).copy()
    dirty["a"], dirty["b"] = 0, 0.0
    assert digest(store, clean) == digest(store, dirty)
    assert digest(store, [clean]) == digest(store, [dirty])  # within a pickle, too


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_changing_a_loaded_array_leaves_the_stored_one_alone(store: MemoryStore, size: int) -> None:
    ref = store_value(store, np.arange(float(size)))
    loaded = load_value(store, ref)
    loaded += 1
    loaded[0] = 99
    assert loaded[0] == 99
    np.testing.assert_array_equal(load_value(store, ref), np.arange(float(size)))


def test_large_arrays_are_mapped_and_small_ones_are_not(store: MemoryStore) -> None:
    large = load_value(store, store_value(store, np.zeros(1_000_000)))
    assert is_mapped(large)
    assert type(large) is np.ndarray
    assert not is_mapped(load_value(store, store_value(store, np.zeros(10))))


@pytest.mark.parametrize(
    ("value", "materializer"),
    [
        (np.zeros(2, np.dtype("f8", metadata={"unit": "m"})), "cloudpickle/1"),
        (np.array([object, None], dtype=object), "cloudpickle/1"),
        (np.array([1, "a", None], dtype=object), "numpy-text/1"),
        (np.array([[[1], [2]]], dtype=object), "numpy-text/1"),
        (np.array(["ä", "b" * 99], dtype=np.dtypes.StringDType()), "numpy-text/1"),
        (np.array(["a", None], dtype=np.dtypes.StringDType(na_object=None)), "numpy-text/1"),
        (np.ma.array([1, 2], mask=[True, False]), "numpy-masked/1"),
        (np.ma.array([1, 2]), "numpy-masked/1"),
        (np.ma.array([1, 2], mask=[0, 1], fill_value=7, hard_mask=True), "numpy-masked/1"),
        (np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "numpy-class/1"),
        (np.rec.array(np.arange(3.0)), "numpy-class/1"),
        (np.matrix([[1, 2]]), "numpy-class/1"),
        (np.zeros(3, np.longdouble), "numpy/1"),
    ],
    ids=lambda value: f"{type(value).__name__} {getattr(value, 'dtype', value)}",
)
def test_all_of_what_makes_an_array_comes_back(
    store: MemoryStore, value: Array, materializer: str
) -> None:
    ref = store_value(store, value)
    loaded = load_value(store, ref)
    assert ref.materializer == materializer
    assert type(loaded) is type(value)
    assert loaded.dtype == value.dtype
    assert loaded.dtype.type is value.dtype.type
    assert (loaded.dtype.metadata or {}) == (value.dtype.metadata or {})
    assert loaded.tolist() == value.tolist()
    assert [type(item) for item in loaded.ravel()] == [type(item) for item in value.ravel()]


def test_all_of_a_masked_array_comes_back(store: MemoryStore) -> None:
    value = np.ma.array([1, 2, 3], mask=[0, 1, 0], fill_value=7, hard_mask=True)
    loaded = load_value(store, store_value(store, value))
    assert loaded.data.tolist() == [1, 2, 3]
    assert loaded.mask.tolist() == [False, True, False]
    assert (loaded.fill_value, loaded.hardmask) == (7, True)
    open_mask = load_value(store, store_value(store, np.ma.array([1, 2])))
    assert open_mask.mask is np.ma.nomask
    assert not open_mask.hardmask
    open_mask[0] = np.ma.masked
    assert open_mask.tolist() == [None, 2]


def test_long_doubles_have_the_same_bytes_whatever_lay_in_memory(store: MemoryStore) -> None:
    value = np.arange(4, dtype=np.longdouble)
    dirty = value.copy()
    if np.finfo(np.longdouble).nmant == 63:
        dirty.view("u1").reshape(4, -1)[:, 10:] = 255
    pair = np.zeros(4, [("a", np.longdouble)])
    pair["a"] = dirty
    clean = np.zeros(4, [("a", np.longdouble)])
    clean["a"] = value
    assert dirty.tolist() == value.tolist()
    assert digest(store, dirty) == digest(store, value)
    assert digest(store, pair[::-1]) == digest(store, clean[::-1])
    np.testing.assert_array_equal(load_value(store, store_value(store, dirty)), value)


def test_a_mapped_array_is_stored_as_an_array(store: MemoryStore, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(5.0))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    ref = store_value(store, mapped)
    assert ref.digest == digest(store, np.arange(5.0))
    assert type(load_value(store, ref)) is np.ndarray


def test_a_row_that_is_larger_than_a_piece_is_stored_in_pieces(store: MemoryStore) -> None:
    whole = np.arange(4_000_000.0).reshape(2, 2, 1_000_000)
    assert digest(store, whole[:, ::-1, ::2]) == digest(store, whole[:, ::-1, ::2].copy())


@given(st.data())
def test_scalars_keep_type_and_value(store: MemoryStore, data: st.DataObject) -> None:
    value = data.draw(npst.arrays(DTYPES, (1,)))[0]
    loaded = load_value(store, store_value(store, value))
    assert type(loaded) is type(value)
    assert loaded.dtype == value.dtype
    assert loaded.tobytes() == value.tobytes()


@pytest.mark.parametrize(
    ("value", "materializer"),
    [
        (np.zeros(2, ">M8[us]"), "numpy/1"),
        (np.zeros((2, 0), "U3"), "numpy/1"),
        (np.array(1 + 2j), "numpy/1"),
        (np.zeros(2, [("a", "i4"), ("b", "f8", (2,))]), "numpy/1"),
        (np.float32(0.1), "numpy-scalar/1"),
        (np.timedelta64(3, "D"), "numpy-scalar/1"),
        (np.zeros(2, [("a", "i4")])[0], "numpy-scalar/1"),
    ],
)
def test_plain_dtypes_need_no_pickle(store: MemoryStore, value: object, materializer: str) -> None:
    assert store_value(store, value).materializer == materializer


def test_shape_and_dtype_are_shown(store: MemoryStore) -> None:
    ref = store_value(store, np.zeros((2, 3), "f4"))
    assert ref.metadata["shape"] == [2, 3]
    assert ref.metadata["dtype"] == "float32"
    assert ref.metadata["preview"]["head"] == [0.0] * 5
    assert ref.type == "numpy:ndarray"
    assert ArtifactRef.from_json(ref.to_json()) == ref


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        (np.array([0.0, 1.0, 1.0, 16.0]), [1, 2, *[0] * 13, 1]),
        (np.array([True, False, True]), [1, *[0] * 14, 2]),
        (np.array([0, 2**62]), [1, *[0] * 14, 1]),
        (np.array([np.nan, 0.0, np.inf, 8.0], dtype=np.float16), [1, *[0] * 14, 1]),
    ],
    ids=["floats", "flags", "far apart", "with what is no number"],
)
def test_a_preview_counts_elements_by_their_size(
    store: MemoryStore, values: Array, counts: list[int]
) -> None:
    assert store_value(store, values).metadata["preview"]["histogram"] == counts


@pytest.mark.parametrize(
    "values",
    [
        np.full(3, 7.0),
        np.array([1.0, np.nextafter(1.0, 2.0)]),
        np.array([-1.7e308, 1.7e308]),
        np.array(["a"]),
        np.array([]),
    ],
    ids=["constant", "hardly any", "beyond floats", "text", "empty"],
)
def test_there_is_no_histogram_without_a_range(store: MemoryStore, values: Array) -> None:
    assert "histogram" not in store_value(store, values).metadata["preview"]
