"""Containers of arrays, tables and files, and values that are refused."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image
from sklearn.svm import SVC

from zruntime.exceptions import MaterializerError
from zruntime.materializers import load_value, store_value
from zruntime.store import MemoryStore


@dataclasses.dataclass
class Login:
    user: str
    password: str = dataclasses.field(repr=False)


class Thing:
    pass


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as store:
        yield store


def test_the_memory_of_arrays_in_containers_does_not_count(store: MemoryStore) -> None:
    array = np.arange(12.0).reshape(3, 4)
    wide = np.zeros((3, 8))
    wide[:, ::2] = array
    same = [array, array.copy("F"), wide[:, ::2], np.flip(np.flip(array).copy())]
    refs = [store_value(store, {"X": item, "n": [1]}) for item in same]
    assert {ref.materializer for ref in refs} == {"composite/1"}
    assert len({ref.digest for ref in refs}) == 1
    assert store_value(store, {"X": array.T, "n": [1]}).digest != refs[0].digest


def test_changing_a_loaded_array_in_a_container_leaves_the_stored_one_alone(
    store: MemoryStore,
) -> None:
    ref = store_value(store, [np.zeros(300_000), np.zeros(2)])
    for array in load_value(store, ref):
        array += 1
        assert array[0] == 1
    assert [array.sum() for array in load_value(store, ref)] == [0, 0]


def test_files_in_containers_are_stored_by_content(store: MemoryStore, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("first")
    first = store_value(store, {"report": report, "missing": tmp_path / "none"})
    report.write_text("second")
    second = store_value(store, {"report": report, "missing": tmp_path / "none"})
    report.unlink()
    assert first.digest != second.digest
    loaded = load_value(store, first)
    assert loaded["report"].read_text() == "first"
    assert loaded["missing"] == tmp_path / "none"


def test_an_array_that_is_reached_twice_is_one_array_after_loading(store: MemoryStore) -> None:
    array = np.zeros(2)
    loaded = load_value(store, store_value(store, [array, array]))
    loaded[0][0] = 5
    assert loaded[1][0] == 5


def test_what_only_a_pickle_takes_makes_the_whole_a_pickle(store: MemoryStore) -> None:
    ref = store_value(store, {"thing": Thing(), "X": np.zeros(2)})
    assert ref.materializer == "cloudpickle/1"
    assert load_value(store, ref)["X"].tolist() == [0, 0]


def test_the_code_of_classes_in_parts_belongs_to_the_value(store: MemoryStore) -> None:
    seen: set[type] = set()

    def fingerprint(types: frozenset[Any]) -> str:
        seen.update(types)
        return "code"

    store_value(store, {"login": Login("a", "b"), "m": SVC()}, fingerprint_types=fingerprint)
    assert {Login, SVC} <= seen


def test_fields_without_repr_are_not_shown(store: MemoryStore) -> None:
    metadata = store_value(store, Login("ada", "hunter2")).metadata
    assert "ada" in json.dumps(metadata)
    assert "hunter2" not in json.dumps(metadata)


def test_large_metadata_loses_its_preview_first(store: MemoryStore) -> None:
    names = {f"{'n' * 300} {number}": number for number in range(50)}
    frame = pl.DataFrame({name: [number] for name, number in names.items()})
    metadata = store_value(store, frame).metadata
    assert metadata["rows"] == 1
    assert "preview" not in metadata


async def later() -> int:
    return 1


def animation() -> Any:
    target = io.BytesIO()
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 255)]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    return Image.open(target)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(
    ("value", "code", "remedy"),
    [
        (lambda: (item for item in [1]), "ZC550", "list"),
        (lambda: zip([1], [2], strict=True), "ZC551", "list"),
        (lambda: iter([1]), "ZC551", "list"),
        (lambda: open(__file__), "ZC552", "Path"),  # noqa: PTH123, SIM115
        (lambda: pl.LazyFrame({"a": [1]}), "ZC553", "collect"),
        (animation, "ZC554", "list of its frames"),
        (lambda: {Path(__file__)}, "ZC555", "list"),
    ],
)
def test_values_that_no_artifact_can_stand_for_are_refused(
    store: MemoryStore, value: Any, code: str, remedy: str, inside: bool
) -> None:
    refused = value()
    with pytest.raises(MaterializerError) as caught:
        store_value(store, {"inside": [refused]} if inside else refused)
    assert caught.value.code == code
    assert remedy in caught.value.remedy
    if hasattr(refused, "close"):
        refused.close()


def test_a_generator_deep_in_an_object_is_refused(store: MemoryStore) -> None:
    thing = Thing()
    vars(thing)["items"] = [1], (item for item in [1])
    with pytest.raises(MaterializerError) as caught:
        store_value(store, thing)
    assert caught.value.code == "ZC550"


def test_a_coroutine_is_refused(store: MemoryStore) -> None:
    coroutine = later()
    with pytest.raises(MaterializerError, match="coroutine cannot be stored"):
        store_value(store, coroutine)
    with pytest.raises(StopIteration) as ended:  # it is as it was, and can still be awaited
        coroutine.send(None)
    assert ended.value.value == 1
