"""For each built-in format: values to store, how they are drawn, and when two are the same.

Run as a script it prints the digests of the examples, for processes with other hash seeds.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import json
import tempfile
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.figure
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from hypothesis.extra import pandas as pdst
from PIL import Image
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from zruntime.materializers import store_value
from zruntime.store import MemoryStore

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

WORDS = [f"word {number}" for number in range(50)]


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Size(NamedTuple):
    width: int
    unit: str = "px"


class Settings(pydantic.BaseModel):
    name: str
    when: dt.datetime
    scores: dict[str, float]
    tags: set[str] = set()


@dataclasses.dataclass
class Point:
    x: float
    tags: frozenset[str]
    size: Size


@dataclasses.dataclass
class Split:
    X: Any
    y: Any
    name: str


class Bag:
    def __init__(self, **items: Any) -> None:
        self.__dict__.update(items)


@dataclasses.dataclass(frozen=True)
class Case:
    """One format.

    Attributes:
        examples: Makes values whose artifacts have this format.
        drawn: Draws more of them.
        same: Whether a loaded value is the stored one.
        stable: Whether what was loaded is stored with the same bytes again.
        large: Makes a value whose arrays are mapped into memory when it is loaded.
        drawn_examples: How many are drawn.
    """

    examples: Callable[[], list[Any]]
    drawn: st.SearchStrategy[Any]
    same: Callable[[Any, Any], bool]
    stable: bool = True
    large: Callable[[], Any] | None = None
    drawn_examples: int = 30


def equal(one: Any, other: Any) -> bool:
    return bool(type(one) is type(other) and one == other)


def exact(one: Any, other: Any) -> bool:
    """Whether plain data is the same down to types, and signs of zero; nan is nan."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (set, frozenset)):
        return bool(one == other)
    if isinstance(one, dict):
        made = [getattr(found, "default_factory", None) for found in (one, other)]
        return made[0] is made[1] and exact(list(one.items()), list(other.items()))
    if isinstance(one, (list, tuple, collections.deque)):
        limits = [getattr(found, "maxlen", None) for found in (one, other)]
        return limits[0] == limits[1] and len(one) == len(other) and all(map(exact, one, other))
    if isinstance(one, Point):
        return exact(vars(one), vars(other))
    return repr(one) == repr(other)


def same_array(one: Any, other: Any) -> bool:
    layout = type(one) is type(other) and one.dtype == other.dtype and one.shape == other.shape
    return bool(layout and one.tobytes() == other.tobytes())


def same_texts(one: Any, other: Any) -> bool:
    layout = one.dtype == other.dtype and one.shape == other.shape
    return layout and exact(one.tolist(), other.tolist())


def same_masked(one: Any, other: Any) -> bool:
    flags = one.hardmask == other.hardmask and exact(one.fill_value, other.fill_value)
    return flags and same_array(one.data, other.data) and exact(one.mask, other.mask)


def same_frame(one: Any, other: Any) -> bool:
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other, check_exact=True)
    elif isinstance(one, pd.Index):
        pd.testing.assert_index_equal(one, other, exact=True)
    else:
        pd.testing.assert_extension_array_equal(one, other)
    return type(one) is type(other)


def same_table(one: Any, other: Any) -> bool:
    metadata = getattr(one, "schema", None) == getattr(other, "schema", None)
    return bool(isinstance(one, type(other)) and one.equals(other) and metadata)


def same_polars(one: Any, other: Any) -> bool:
    schema = (
        (one.schema, other.schema) if isinstance(one, pl.DataFrame) else (one.dtype, other.dtype)
    )
    return type(one) is type(other) and schema[0] == schema[1] and bool(one.equals(other))


def same_sparse(one: Any, other: Any) -> bool:
    alike = type(one) is type(other) and one.dtype == other.dtype and one.nnz == other.nnz
    return alike and same_array(one.toarray(), other.toarray())


def same_image(one: Any, other: Any) -> bool:
    alike = (one.mode, one.size, one.info) == (other.mode, other.size, other.info)
    return alike and one.getpalette() == other.getpalette() and one.tobytes() == other.tobytes()


def pixels(figure: Any) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return bytes(canvas.buffer_rgba())


def same_path(one: Path, other: Path) -> bool:
    def content(root: Path) -> dict[str, bytes]:
        files = [path for path in (root, *root.rglob("*")) if path.is_file()]
        return {str(path.relative_to(root.parent)): path.read_bytes() for path in files}

    return content(one) == content(other)


def same_split(one: Any, other: Any) -> bool:
    if isinstance(one, Split):
        one, other = vars(one), vars(other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same_split(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and all(map(same_split, one, other))
    if isinstance(one, np.ndarray):
        return same_array(one, other)
    if isinstance(one, pd.DataFrame):
        return same_frame(one, other)
    return same_path(one, other) if isinstance(one, Path) else exact(one, other)


def same_estimator(one: Any, other: Any) -> bool:
    alike = type(one) is type(other) and one.get_params() == other.get_params()
    rows = np.linspace(0, 3, 20).reshape(-1, 2)
    fitted = hasattr(other, "classes_")
    return alike and (not fitted or same_array(one.predict(rows), other.predict(rows)))


def same_tensor(one: Any, other: Any) -> bool:
    alike = type(one) is type(other) and one.dtype == other.dtype
    return alike and one.requires_grad == other.requires_grad and torch.equal(one, other)


def same_module(one: Any, other: Any) -> bool:
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


def new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="cases-"))


def folder_of(files: dict[str, bytes]) -> Path:
    folder = new_folder() / "data"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def figure_of(heights: list[float]) -> Any:
    figure = matplotlib.figure.Figure(figsize=(2, 2))
    axes = figure.subplots()
    axes.bar(range(len(heights)), heights, label="heights")
    axes.set_title("heights")
    axes.legend()
    return figure


def fitted(model: Any) -> Any:
    rows = np.arange(40.0).reshape(20, 2) % 7
    return model.fit(rows, np.array(["a", "b"])[(rows[:, 0] > 3).astype(int)])


def dtype_at(name: str, shape: tuple[int, ...]) -> Any:
    return np.arange(np.prod(shape, dtype=int)).astype(name).reshape(shape)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.one_of(st.integers(-(2**40), 2**40), st.floats(allow_nan=False))
STRUCTURES = npst.array_dtypes(max_size=2).filter(
    lambda dtype: all(len(field) == 2 for field in (dtype.fields or {}).values())  # no titles
)
ARRAYS = npst.arrays(
    st.one_of(npst.scalar_dtypes(), npst.unicode_string_dtypes(), STRUCTURES),
    npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.binary(),
    st.decimals(),
    st.fractions(),
    st.complex_numbers(),
    st.timedeltas(),
    st.datetimes(timezones=st.timezones()),
    st.uuids(),
    st.sampled_from([Access.READ, Access.READ | Access.WRITE, ..., dt.timezone.utc]),
    st.builds(Size, st.integers(), TEXTS),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3)),
    st.builds(slice, st.none() | st.integers(), st.integers()),
    st.floats(width=32).map(np.float32),
    st.integers(0, 2**33).map(lambda number: pd.Timestamp(number, unit="s", tz="Europe/Berlin")),
)
PLAIN = st.recursive(
    ATOMS,
    lambda items: st.one_of(
        st.lists(items),
        st.dictionaries(TEXTS, items),
        st.lists(items).map(tuple),
        st.lists(items).map(lambda found: collections.deque(found, 9)),
        st.dictionaries(st.integers(), items).map(collections.OrderedDict),
        st.dictionaries(TEXTS, items).map(lambda found: collections.defaultdict(list, found)),
        st.lists(st.sampled_from("abc")).map(collections.Counter),
    ),
    max_leaves=8,
)
FRAMES = pdst.data_frames(
    [
        pdst.column("number", dtype=float),
        pdst.column("count", dtype="int64"),
        pdst.column("text", elements=TEXTS),
        pdst.column("day", dtype="datetime64[ns]"),
    ],
    index=pdst.range_indexes(max_size=4),
)
COLUMNS = st.fixed_dictionaries(
    {"n": st.lists(st.none() | st.integers(-9, 9), min_size=3, max_size=3)},
    optional={
        "s": st.lists(st.none() | TEXTS, min_size=3, max_size=3),
        "l": st.lists(st.lists(st.floats(allow_nan=False), max_size=2), min_size=3, max_size=3),
    },
)
DENSE = npst.arrays("f8", (4, 4), elements=st.sampled_from([0.0, 0.0, 1.5, -2.0]))
SPARSE = st.sampled_from(["csr", "csc", "coo", "bsr", "dia", "lil", "dok"])
IMAGES = {"1": 1, "L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "F": 4, "I;16": 2}


def image_of(mode: str, side: int) -> Any:
    size = -(-side // 8) * side if mode == "1" else side * side * IMAGES[mode]
    image = Image.frombytes(mode, (side, side), bytes(place % 251 for place in range(size)))
    if mode == "P":
        image.putpalette([value % 256 for value in range(768)])
    image.info["dpi"] = (72, 72)
    return image


def record_of(numbers: list[int]) -> Any:
    return np.rec.array([(number, number / 2) for number in numbers], [("a", "i4"), ("b", "f8")])


def sparse_of(dense: Any, form: str) -> Any:
    return sparse.coo_array(dense).asformat(form)


def masked_of(array: Any, flags: list[bool]) -> Any:
    mask = np.resize(flags, array.shape) if flags else np.ma.nomask
    return np.ma.array(array, mask=mask, hard_mask=len(flags) == 1)


CASES = {
    "json/1": Case(
        lambda: [
            {
                "words": set(WORDS),
                "zone": zoneinfo.ZoneInfo("Europe/Berlin"),
                "half": Fraction(1, 2),
            },
            {"accuracy": np.float64(0.5), "rows": 10, "time": pd.Timestamp("2024-01-01")},
            [pd.Timestamp("2024-10-27 01:00", tz="UTC").tz_convert("Europe/Berlin")],
            [Size(3), Decimal("1.50"), Access(3), collections.Counter(WORDS), bytearray(b"x")],
        ],
        PLAIN.filter(lambda value: not isinstance(value, np.generic)),
        exact,
    ),
    "pydantic/1": Case(
        lambda: [Settings(name="a", when=dt.datetime(2024, 1, 1), scores={}, tags=set(WORDS))],
        st.builds(
            Settings,
            name=TEXTS,
            when=st.datetimes(),
            scores=st.dictionaries(TEXTS, st.floats(allow_nan=False)),
        ),
        equal,
    ),
    "dataclass/1": Case(
        lambda: [Point(-0.0, frozenset(WORDS), Size(1))],
        st.builds(Point, NUMBERS, st.frozensets(TEXTS), st.builds(Size, st.integers())),
        exact,
    ),
    "composite/1": Case(
        lambda: [
            {"a": np.eye(3).T[::-1], "words": set(WORDS), "report": [folder_of({"a": b"1"})]},
            Split(np.arange(3.0), pd.DataFrame({"w": WORDS}), "digits"),
        ],
        st.builds(
            Split, npst.arrays("f4", (2, 3)), st.lists(FRAMES, min_size=1, max_size=2), TEXTS
        ),
        same_split,
        large=lambda: Split(np.arange(300_000.0), [np.arange(200_000)], "large"),
    ),
    "path/1": Case(
        lambda: [folder_of({name: name.encode() for name in WORDS}), folder_of({"a": b""}) / "a"],
        st.dictionaries(st.text("abc", min_size=1, max_size=3), st.binary(), max_size=3).map(
            folder_of
        ),
        same_path,
    ),
    "numpy/1": Case(
        lambda: [np.array(WORDS).reshape(5, 10).T, dtype_at("M8[s]", (2, 2)), np.zeros(3, "i2,f8")],
        ARRAYS,
        same_array,
        large=lambda: np.arange(300_000.0),
    ),
    "numpy-text/1": Case(
        lambda: [
            np.array([*WORDS, None], object),
            np.array(WORDS, np.dtypes.StringDType()).reshape(5, 10),
        ],
        st.lists(st.one_of(st.none(), TEXTS, st.integers())).map(
            lambda items: np.array(items, object)
        ),
        same_texts,
    ),
    "numpy-masked/1": Case(
        lambda: [np.ma.masked_greater(np.arange(9), 4), np.ma.array(WORDS, fill_value="?")],
        st.builds(masked_of, npst.arrays("f8", 4), st.lists(st.booleans(), max_size=4)),
        same_masked,
        large=lambda: np.ma.masked_greater(np.arange(300_000.0), 4),
    ),
    "numpy-class/1": Case(
        lambda: [record_of([1, 2]), np.matrix([[1.5]])],
        st.lists(st.integers(-9, 9), min_size=1).map(record_of),
        same_array,
        large=lambda: record_of(list(range(100_000))),
    ),
    "numpy-scalar/1": Case(
        lambda: [
            np.float32(0.5),
            np.datetime64("2024-01-01"),
            np.str_("ä"),
            np.zeros(2, "i2,f8")[0],
        ],
        npst.arrays(npst.scalar_dtypes(), 1).map(lambda array: array[0]),
        lambda one, other: type(one) is type(other) and one.tobytes() == other.tobytes(),
    ),
    "pandas/1": Case(
        lambda: [
            pd.DataFrame({"w": WORDS, "k": pd.Categorical(["a", "b"] * 25)}),
            pd.Series([1.5, None], name="s"),
            pd.Index(WORDS),
            pd.array([1, None], "Int8"),
            pd.Categorical(WORDS),
        ],
        FRAMES,
        same_frame,
    ),
    "pandas-pickle/1": Case(
        lambda: [pd.Series([set(WORDS), ["x"]]), pd.arrays.SparseArray([0, 1])],
        st.lists(st.lists(st.integers(), min_size=1), min_size=1).map(pd.Series),
        same_frame,
    ),
    "pyarrow/1": Case(
        lambda: [
            pa.table({"w": WORDS}, metadata={"a": "b"}),
            pa.chunked_array([[1], [2, None]]),
            pa.array([{"a": [1]}]),
            pa.record_batch({"d": pa.array(["x", "y"]).dictionary_encode()}),
            pa.table({"n": [1, 2]}).slice(0, 0),
        ],
        COLUMNS.map(pa.table),
        same_table,
    ),
    "polars/1": Case(
        lambda: [
            pl.DataFrame({"w": WORDS, "c": pl.Series(["a", "b"] * 25, dtype=pl.Categorical)}),
            pl.Series("s", [Decimal("1.50"), None]),
            pl.DataFrame(),
        ],
        COLUMNS.map(lambda columns: pl.DataFrame(columns, strict=False)),
        same_polars,
    ),
    "scipy-sparse/1": Case(
        lambda: [
            *(sparse_of(np.eye(4), form) for form in ("csr", "dok", "lil", "dia")),
            sparse.csr_matrix((3, 0)),
            sparse.coo_array(np.arange(3)),
        ],
        st.builds(sparse_of, DENSE, SPARSE),
        same_sparse,
        large=lambda: sparse.random_array((1000, 1000), density=0.2, rng=0).tocsr(),
    ),
    "sklearn/1": Case(
        lambda: [fitted(SVC()), fitted(RandomForestClassifier(5, random_state=0)), SVC()],
        st.builds(SVC, C=st.floats(0.1, 9), kernel=st.sampled_from(["rbf", "linear"])),
        same_estimator,
    ),
    "pil/1": Case(
        lambda: [image_of(mode, 7) for mode in IMAGES],
        st.builds(image_of, st.sampled_from(sorted(IMAGES)), st.integers(1, 40)),
        same_image,
    ),
    "matplotlib/1": Case(
        lambda: [figure_of([1, 3, 2])],
        st.lists(st.integers(1, 9), min_size=1, max_size=4).map(figure_of),
        lambda one, other: pixels(one) == pixels(other),
        stable=False,
        drawn_examples=5,
    ),
    "torch/1": Case(
        lambda: [
            torch.arange(6.0).reshape(2, 3).T,
            torch.ones(3, dtype=torch.bfloat16),
            torch.nn.Parameter(torch.ones(2)),
        ],
        npst.arrays("i4", (3, 2)).map(lambda array: torch.from_numpy(array)),
        same_tensor,
        large=lambda: torch.arange(300_000.0),
    ),
    "torch-module/1": Case(
        lambda: [torch.nn.Linear(2, 3)],
        st.integers(1, 4).map(lambda width: torch.nn.Linear(width, 2)),
        same_module,
    ),
    "cloudpickle/1": Case(
        lambda: [Bag(words=set(WORDS), kinds=[Bag, np.ndarray]), [Bag(a=1)]],
        st.builds(Bag, a=PLAIN),
        lambda one, other: exact(
            *(vars(bag) if isinstance(bag, Bag) else 0 for bag in (one, other))
        ),
    ),
}

if torch is None:
    MISSING = {"torch/1", "torch-module/1"}
else:
    torch.manual_seed(0)
    MISSING = set()


def digests() -> dict[str, list[str]]:
    mpl.use("agg")
    with MemoryStore() as store:
        return {
            name: [store_value(store, value).digest for value in case.examples()]
            for name, case in CASES.items()
            if name not in MISSING
        }


if __name__ == "__main__":
    print(json.dumps(digests()))
