"""Plain data, enum members, pydantic models and dataclasses go through JSON exactly."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import math
import uuid
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zruntime.exceptions import MaterializerError
from zruntime.materializers import load_value, store_value
from zruntime.store import MemoryStore


class Color(enum.Enum):
    RED = 1
    GREEN = "green"


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: float
    label: str = "p"


@dataclasses.dataclass
class Shape:
    corners: list[Point]
    color: Color = Color.RED
    area: float = dataclasses.field(init=False, default=0.0)
    made: ClassVar[int] = 0

    def __post_init__(self) -> None:
        self.area = len(self.corners) / 2
        Shape.made += 1


class Base(pydantic.BaseModel):
    gamma: float = 0.001
    tags: set[str] = set()


class Special(Base):
    model_config = pydantic.ConfigDict(extra="allow")
    when: dt.datetime
    point: Point
    anything: Any = None
    _count: int = pydantic.PrivateAttr(default=3)


class Holder(pydantic.BaseModel):
    base: Base
    payload: bytes = b""


class OddDict(dict[str, int]):
    pass


@pytest.fixture(scope="module")
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as store:
        yield store


def same(one: object, other: object) -> bool:
    """Equality that tells types, signs of zero and the order of dicts apart, and takes NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float) and isinstance(other, float):
        return math.isnan(one) == math.isnan(other) and repr(one) == repr(other)
    if isinstance(one, complex) and isinstance(other, complex):
        return same((one.real, one.imag), (other.real, other.imag))
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one.as_tuple() == other.as_tuple()
    if isinstance(one, dict) and isinstance(other, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (set, frozenset)) and isinstance(other, (set, frozenset)):
        return one == other and Counter(map(type, one)) == Counter(map(type, other))
    return one == other


ZONES = st.one_of(
    st.none(),
    st.just(dt.timezone.utc),
    st.sampled_from(["Europe/Berlin", "America/New_York"]).map(zoneinfo.ZoneInfo),
    st.builds(
        dt.timezone, st.timedeltas(dt.timedelta(hours=-23), dt.timedelta(hours=23)), st.just("X")
    ),
)
HASHABLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**30),
    st.floats(),
    st.text(st.characters(exclude_categories=[])),
    st.binary(),
    st.complex_numbers(),
    st.decimals(),
    st.uuids(),
    st.dates(),
    st.datetimes(timezones=ZONES, allow_imaginary=True),
    st.times(timezones=ZONES),
    st.timedeltas(),
    st.sampled_from([*Color, *Access]),
)
PLAIN = st.recursive(
    HASHABLE,
    lambda items: st.one_of(
        st.lists(items),
        st.lists(items).map(tuple),
        st.dictionaries(st.text(), items),
        st.dictionaries(st.one_of(st.integers(), st.text(), st.tuples(st.text())), items),
        st.sets(st.one_of(st.integers(), st.text(), st.frozensets(st.text()))),
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_plain_data_comes_back_as_it_was(store: MemoryStore, value: object) -> None:
    ref = store_value(store, value)
    assert ref.materializer == "json/1"
    assert same(load_value(store, ref), value)


@pytest.mark.parametrize(
    "value",
    [
        *(math.nan, math.inf, -math.inf, -0.0, 5e-324, 2**64, -(2**63), [10**5000], True),
        *("\ud800", "\ud83d\ude00", "\U0001f600", "\u2028", b"\x00\xff", complex(-0.0, math.nan)),
        *({"~": 1}, {"~": "tuple", "v": []}, {"\ud800": 1}, {1: "a", "1": "b"}, {(1, 2): None}),
        *({"b": 1, "a": 2}, (), [[]], {"": ()}, [(1, [2])], Decimal("-0.00"), Decimal("sNaN12")),
        dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
        dt.time(1, 2, 3, 4, tzinfo=dt.timezone(dt.timedelta(seconds=-1))),
        uuid.UUID(int=7),
    ],
)
def test_corner_cases_come_back_as_they_were(store: MemoryStore, value: object) -> None:
    ref = store_value(store, value)
    assert ref.materializer == "json/1"
    assert same(load_value(store, ref), value)


def test_zones_and_folds_of_times_are_kept(store: MemoryStore) -> None:
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    value = dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=zone)
    loaded = load_value(store, store_value(store, value))
    assert (loaded.tzinfo, loaded.fold, loaded.utcoffset()) == (zone, 1, dt.timedelta(hours=1))
    named = dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2), "summer"))
    assert load_value(store, store_value(store, named)).tzname() == "summer"


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (1, True), (0.0, -0.0), ([1], (1,)), ("1", 1), ({1}, frozenset({1})), (b"a", "a")],
)
def test_values_of_other_types_have_other_digests(
    store: MemoryStore, one: object, other: object
) -> None:
    assert store_value(store, one).digest != store_value(store, other).digest


def test_only_the_order_of_dicts_counts(store: MemoryStore) -> None:
    # Numbers of equal hashes: sets iterate over them in the order in which they were added.
    sets = [{0, 2**61 - 1}, {2**61 - 1, 0}]
    assert list(sets[0]) != list(sets[1])
    assert len({store_value(store, value).digest for value in sets}) == 1
    dicts: list[dict[str, int]] = [{"a": 1, "b": 2}, {"b": 2, "a": 1}]
    assert len({store_value(store, value).digest for value in dicts}) == 2


def test_a_list_that_is_reached_twice_is_still_one_list_after_loading(store: MemoryStore) -> None:
    row = [0, 0]
    loaded = load_value(store, store_value(store, [row, row]))
    loaded[0][0] = 9
    assert loaded == [[9, 0], [9, 0]]


def test_a_list_that_holds_itself_comes_back_so(store: MemoryStore) -> None:
    value: list[Any] = [1]
    value.append(value)
    loaded = load_value(store, store_value(store, value))
    assert loaded[0] == 1
    assert loaded[1] is loaded


def test_subclasses_of_plain_types_keep_their_class(store: MemoryStore) -> None:
    loaded = load_value(store, store_value(store, OddDict(a=1)))
    assert type(loaded) is OddDict
    assert loaded == {"a": 1}


def test_a_combination_of_flags_comes_back(store: MemoryStore) -> None:
    assert load_value(store, store_value(store, Access.READ | Access.WRITE)) == Access(3)


def test_deep_nesting_is_stored_or_a_clear_error(store: MemoryStore) -> None:
    moderate: list[Any] = []
    for _ in range(150):
        moderate = [moderate]
    assert load_value(store, store_value(store, moderate)) == moderate
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    with pytest.raises(MaterializerError, match=r"builtins:list.*nested too deeply"):
        store_value(store, deep)


def test_dataclasses_come_back_without_running_their_constructor(store: MemoryStore) -> None:
    shape = Shape([Point(1.0), Point(-0.0, "q")], Color.GREEN)
    shape.area = 7.5
    made = Shape.made
    ref = store_value(store, shape)
    assert ref.materializer == "dataclass/1"
    loaded = load_value(store, ref)
    assert loaded == shape
    assert loaded.area == 7.5
    assert Shape.made == made
    assert ref.metadata["fields"] == ["corners", "color", "area"]


def test_the_code_of_nested_classes_belongs_to_a_value(store: MemoryStore) -> None:
    seen: list[frozenset[type]] = []

    def record(types: frozenset[type]) -> str:
        seen.append(types)
        return "code"

    when = dt.datetime(2024, 1, 1)
    model = Special(when=when, point=Point(1.0), anything=Color.RED)
    ref = store_value(store, model, fingerprint_types=record)
    store_value(store, [Shape([Point(2.0)])], fingerprint_types=record)
    assert ref.code == "code"
    assert seen == [frozenset({Special, Point, Color}), frozenset({Shape, Point, Color})]


def test_pydantic_models_come_back_with_all_of_their_state(store: MemoryStore) -> None:
    model = Special.model_validate(
        {"when": "2024-01-01T00:00:00Z", "point": Point(2.0), "tags": ["b", "a"], "more": (1, 2)}
    )
    model._count = 8
    ref = store_value(store, model)
    assert ref.materializer == "pydantic/1"
    loaded = load_value(store, ref)
    assert loaded == model
    assert loaded._count == 8
    assert loaded.model_extra == {"more": (1, 2)}
    assert loaded.model_fields_set == {"when", "point", "tags", "more"}


def test_a_subclass_in_a_field_keeps_its_class(store: MemoryStore) -> None:
    holder = Holder(base=Special(when=dt.datetime(2024, 1, 1), point=Point(1.0)), payload=b"\xff")
    loaded = load_value(store, store_value(store, holder))
    assert type(loaded.base) is Special
    assert loaded == holder


def test_what_json_cannot_hold_inside_a_model_is_pickled(store: MemoryStore) -> None:
    model = Special(when=dt.datetime(2024, 1, 1), point=Point(1.0), anything=OddDict(a=1))
    ref = store_value(store, model)
    assert ref.materializer == "cloudpickle/1"
    loaded = load_value(store, ref)
    assert loaded == model
    assert type(loaded.anything) is OddDict


def test_a_class_that_has_a_new_field_is_an_error_on_loading(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclasses.dataclass
    class Newer:
        x: float
        z: float

    ref = store_value(store, Point(1.0))
    monkeypatch.setitem(globals(), "Point", Newer)
    with pytest.raises(MaterializerError, match=r"Point has fields that.*: z"):
        load_value(store, ref)
