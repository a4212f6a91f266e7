"""Choosing, registering and naming materializers, and storing and loading with them."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime as dt
import enum
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import (
    Annotated,
    Any,
    BinaryIO,
    ClassVar,
    Literal,
    NewType,
    Optional,
    Protocol,
    TypeVar,
    Union,
)

import numpy as np
import numpy.typing as npt
import pandas as pd
import pydantic
import pytest
from msgspec.structs import replace
from sklearn.base import ClassifierMixin
from sklearn.svm import SVC

from zruntime.exceptions import (
    ArtifactCorruptError,
    ArtifactMissingError,
    MaterializerError,
    StoreError,
)
from zruntime.materializers import (
    ArrowMaterializer,
    BaseMaterializer,
    CloudpickleMaterializer,
    CompositeMaterializer,
    DataclassMaterializer,
    JsonMaterializer,
    MaskedArrayMaterializer,
    NumpyMaterializer,
    PathMaterializer,
    PydanticMaterializer,
    SklearnMaterializer,
    load_value,
    materializer_for,
    materializer_for_hint,
    materializer_named,
    register_materializer,
    store_value,
)
from zruntime.store import ArtifactRef, MemoryStore


class Image:
    def __init__(self, pixels: bytes) -> None:
        self.pixels = pixels


class Photo(Image):
    pass


class Drawing(Image):
    pass


class Broken:
    pass


class Unregistered:
    pass


class ImageMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (Image,)

    def save(self, value: Image, file: BinaryIO) -> None:
        file.write(value.pixels)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        return (data_type or Image)(file.read())

    def describe(self, value: Image) -> dict[str, Any]:
        return {"pixels": len(value.pixels), "mean": float("nan"), "size": np.int64(3)}


class DrawingMaterializer(ImageMaterializer):
    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        return Drawing(file.read() + b" drawn")


class BrokenMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (Broken,)

    def save(self, value: Broken, file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError("the camera is off")

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        raise NotImplementedError


class Incomplete(BaseMaterializer):
    pass


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int


class Model(pydantic.BaseModel):
    x: int


class Drawable(Protocol):
    def draw(self) -> None: ...


T = TypeVar("T")
UserId = NewType("UserId", int)


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as store:
        yield store


def test_a_users_materializer_takes_its_types_and_their_subclasses(store: MemoryStore) -> None:
    ref = store_value(store, Photo(b"cat"))
    loaded = load_value(store, ref)
    assert store.blob(ref).read_bytes() == b"cat"
    assert type(loaded) is Photo
    assert loaded.pixels == b"cat"
    assert ref.type == f"{__name__}:Photo"
    assert ref.materializer == f"{__name__}:ImageMaterializer"
    assert ref.metadata == {"pixels": 3, "mean": "NaN", "size": "3"}


def test_the_nearest_class_decides_and_the_latest_registration_wins(store: MemoryStore) -> None:
    class Sketch(Drawing):
        pass

    assert type(materializer_for(Sketch(b""))) is ImageMaterializer
    register_materializer(Drawing, CloudpickleMaterializer)
    register_materializer(Drawing, DrawingMaterializer)
    assert type(materializer_for(Sketch(b""))) is DrawingMaterializer
    assert load_value(store, store_value(store, Drawing(b"dog"))).pixels == b"dog drawn"
    assert type(materializer_for(Photo(b""))) is ImageMaterializer


def test_what_is_registered_comes_before_what_is_built_in() -> None:
    class Version(dt.date):
        pass

    class VersionMaterializer(JsonMaterializer):
        ASSOCIATED_TYPES = (Version,)

        @classmethod
        def accepts_type(cls, kind: type) -> bool:
            return True

        def accepts(self, value: Version) -> bool:
            return True

    assert type(materializer_for(Version(2024, 1, 1))) is VersionMaterializer
    assert type(materializer_for(dt.date(2024, 1, 1))) is JsonMaterializer


def test_the_chosen_materializer_of_an_output_is_used(store: MemoryStore) -> None:
    ref = store_value(store, [1, 2], materializer=CloudpickleMaterializer)
    assert ref.materializer == "cloudpickle/1"
    assert load_value(store, ref) == [1, 2]


@pytest.mark.parametrize("value", ["text", np.array([None]), np.ma.zeros(2)])
def test_a_chosen_materializer_that_does_not_fit_is_an_error(
    store: MemoryStore, value: object
) -> None:
    with pytest.raises(MaterializerError, match=r"NumpyMaterializer cannot store this .* exactly"):
        store_value(store, value, materializer=NumpyMaterializer)


@pytest.mark.parametrize(
    ("kind", "materializer", "message"),
    [
        (list[int], ImageMaterializer, r"not for list\[int\]"),
        (Unregistered, ImageMaterializer(), "not a materializer class"),
        (Unregistered, Image, "not a materializer class"),
    ],
)
def test_a_wrong_registration_is_an_error(kind: Any, materializer: Any, message: str) -> None:
    with pytest.raises(MaterializerError, match=message):
        register_materializer(kind, materializer)


def test_associated_types_that_are_no_tuple_of_types_are_an_error() -> None:
    with pytest.raises(MaterializerError, match=r"Single is no tuple.*\(MyType,\)"):
        type("Single", (ImageMaterializer,), {"ASSOCIATED_TYPES": Unregistered})
    with pytest.raises(MaterializerError, match=r"not for 'Image'"):
        type("Named", (ImageMaterializer,), {"ASSOCIATED_TYPES": ("Image",)})


def test_what_a_materializer_raises_names_type_materializer_and_remedy(store: MemoryStore) -> None:
    with pytest.raises(MaterializerError) as caught:
        store_value(store, Broken())
    assert f"{__name__}:Broken cannot be stored by {__name__}:BrokenMaterializer" in str(
        caught.value
    )
    assert "OSError: the camera is off" in str(caught.value)
    assert "ASSOCIATED_TYPES" in caught.value.remedy
    assert isinstance(caught.value.__cause__, OSError)


def test_an_incomplete_materializer_is_an_error(store: MemoryStore) -> None:
    with pytest.raises(MaterializerError, match=r"Incomplete cannot be created.*save and load"):
        store_value(store, 1, materializer=Incomplete)


def test_a_materializer_that_no_other_process_finds_is_an_error(store: MemoryStore) -> None:
    class Local(ImageMaterializer):
        pass

    with pytest.raises(MaterializerError, match=r"Local cannot be imported.*top level"):
        store_value(store, Image(b""), materializer=Local)


class FullStore(MemoryStore):
    def write_blob(self) -> Any:
        raise StoreError("The disk is full.")


def test_errors_of_the_store_are_not_the_materializers() -> None:
    with FullStore() as full, pytest.raises(StoreError, match="disk is full"):
        store_value(full, 1)


def test_missing_and_corrupt_artifacts_are_told_apart(store: MemoryStore) -> None:
    ref = store_value(store, "some text")
    path = store.blob(ref)
    path.chmod(0o600)
    path.write_bytes(b'"same size"'[: ref.size])
    with pytest.raises(ArtifactCorruptError):
        load_value(store, ref)
    with pytest.raises(ArtifactMissingError):
        load_value(store, ref)


class CollectedStore(MemoryStore):
    def blob(self, ref: ArtifactRef) -> Path:
        path = super().blob(ref)
        path.unlink()
        return path


def test_an_artifact_that_is_removed_before_it_is_read_is_missing() -> None:
    with CollectedStore() as store:
        ref = store_value(store, 1)
        with pytest.raises(ArtifactMissingError, match="removed while it was read"):
            load_value(store, ref)


VALUES = {
    "json": {"a": (1, 2)},
    "pydantic": Model(x=1),
    "dataclass": Point(1),
    "numpy": np.arange(4),
    "large numpy": np.zeros(200_000),
    "scalar": np.float64(1.0),
    "arrow": pd.DataFrame({"a": [1, 2]}),
    "pandas pickle": pd.Series([[1], [2]]),
    "estimator": SVC(),
    "path": Path(__file__),
    "pickle": [object],
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("keep", [0, 1, 40])
def test_damaged_bytes_are_an_error_that_names_the_artifact(
    store: MemoryStore, value: object, keep: int
) -> None:
    ref = store_value(store, value)
    with store.write_blob() as blob:
        blob.file.write(store.blob(ref).read_bytes()[: min(keep, ref.size - 1)])
    damaged = replace(ref, digest=blob.digest, size=blob.size)
    with pytest.raises(
        MaterializerError, match=rf"{blob.digest[:12]} of type .*run its step again"
    ):
        load_value(store, damaged)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("numpy/99", "no materializer 'numpy/99' in this version"),
        ("no_such_module:Thing", "no_such_module.*cannot be imported"),
        (f"{__name__}:Image", "is no materializer any more"),
        (f"{__name__}:Gone", "has no Gone"),
    ],
)
def test_an_unknown_materializer_is_an_error(store: MemoryStore, name: str, message: str) -> None:
    ref = ArtifactRef(digest="0" * 64, size=0, type="x:Y", materializer=name)
    with pytest.raises(MaterializerError, match=message):
        load_value(store, ref)


@pytest.mark.parametrize("value", [1, Point(1), np.zeros(2), SVC(), Photo(b"")])
def test_every_materializer_is_found_by_its_name(value: object) -> None:
    materializer = materializer_for(value)
    assert type(materializer_named(materializer.format_name())) is type(materializer)


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (int, JsonMaterializer),
        (None, JsonMaterializer),
        (Color, JsonMaterializer),
        (dict[str, list[float]], JsonMaterializer),
        (tuple[int, ...], JsonMaterializer),
        (list[Point], JsonMaterializer),
        (Literal["a", "b"], JsonMaterializer),
        (UserId, JsonMaterializer),
        (Annotated[Optional[int], "n"], JsonMaterializer),  # noqa: UP045
        (int | None, JsonMaterializer),
        (Model, PydanticMaterializer),
        (Point, DataclassMaterializer),
        (np.ndarray, NumpyMaterializer),
        (Annotated[npt.NDArray[np.float64], "X"], NumpyMaterializer),
        (pd.DataFrame, ArrowMaterializer),
        (pd.Series, ArrowMaterializer),
        (SVC, SklearnMaterializer),
        (ClassifierMixin, SklearnMaterializer),
        (Path, PathMaterializer),
        (Photo, ImageMaterializer),
        (Unregistered, CloudpickleMaterializer),
        (dict[str, np.ndarray[Any, Any]], CompositeMaterializer),
        (list[Photo], CloudpickleMaterializer),
        (np.ma.MaskedArray, MaskedArrayMaterializer),
        (Any, None),
        (object, None),
        (T, None),
        (Union[int, np.ndarray[Any, Any]], None),  # noqa: UP007
        (list, None),
        (dict[str, Any], None),
        (Drawable, None),
        (collections.abc.Sequence[int], None),
        ("Model", None),
    ],
    ids=str,
)
def test_declared_types_lead_to_their_materializer(hint: Any, expected: Any) -> None:
    assert materializer_for_hint(hint) is expected


def test_importing_materializers_imports_no_large_library() -> None:
    code = (
        "import sys, zruntime.materializers\n"
        "print([name for name in ('numpy', 'pandas', 'sklearn', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
