"""Which annotations fit which, and which values are of an annotation's type."""

# ruff: noqa: UP007, UP045  (both ways of writing a union are tried)

from __future__ import annotations

import collections
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    TypeVar,
    Union,
)

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from pydantic import BaseModel, Field
from typing_extensions import NotRequired, TypeAliasType, TypedDict

from zcompile.hints import conforms, describe, fits

T = TypeVar("T")
N = TypeVar("N", int, float)
UserId = NewType("UserId", int)
JsonItem = Union[str, float, bool, None]
Json = TypeAliasType("Json", Union[JsonItem, list["Json"], dict[str, "Json"]])  # type: ignore[misc]


class Base: ...


class Derived(Base):
    size: int = 1

    def fit(self, data: Any) -> Derived:
        return self


class Estimator(Protocol):
    size: int

    def fit(self, data: Any) -> Any: ...


class Box(BaseModel, Generic[T]):
    item: T


class Stack(Generic[T]): ...


class IntStack(Stack[int]): ...


class Table(dict[str, T]): ...


class Row(TypedDict):
    name: str


class FullRow(Row):
    count: int


class OpenRow(Row):
    count: NotRequired[int]


class Point(NamedTuple):
    x: int
    label: str


class Color(Enum):
    RED = "red"


@dataclass
class Record:
    name: str


Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Vector = np.ndarray[tuple[int], np.dtype[np.float32]]

FITTING: list[tuple[Any, Any]] = [
    (int, float),
    (bool, int),
    (bool, float),
    (int, complex),
    (Derived, Base),
    (int, Hashable),
    (Any, int),
    (int, Any),
    (object, int),
    (int, object),
    (None, None),
    (int, Optional[float]),
    (Union[int, bool], float),
    (Optional[int], Union[None, float, str]),
    (int, int | str),
    (Literal[1], int),
    (Literal["a"], Literal["a", "b"]),
    (Literal["a", 1], Union[str, int]),
    (bool, Literal[True, False]),
    (Literal["a"], Sequence[str]),
    (Annotated[int, Field(gt=0)], int),
    (int, Annotated[float, "rate"]),
    (Final[int], float),
    (UserId, int),
    (UserId, UserId),
    (UserId, Optional[float]),
    (list[UserId], list[int]),
    (T, int),
    (int, T),
    (N, float),
    (list[int], list[float]),
    (list[int], list),
    (list, list[int]),
    (list[int], Sequence[int]),
    (list[int], Iterable[float]),
    (set[str], Iterable[str]),
    (str, Sequence[str]),
    (bytes, Sequence[int]),
    (range, Sequence[int]),
    (dict[str, int], Mapping[str, float]),
    (dict[str, int], Iterable[str]),
    (dict[str, list[int]], dict[str, Sequence[int]]),
    (collections.Counter[str], Mapping[str, int]),
    (collections.defaultdict[str, int], dict[str, int]),
    (Iterator[int], Iterable[int]),
    (tuple[int, str], tuple[float, str]),
    (tuple[int, int], tuple[int, ...]),
    (tuple[int, str], Sequence[int | str]),
    (tuple[()], tuple[int, ...]),
    (tuple, tuple[int, str]),
    (tuple[Any, ...], tuple[int, str]),
    (Point, tuple[int, str]),
    (Point, Point),
    (Table[int], dict[str, float]),
    (Table[int], Mapping[str, int]),
    (IntStack, Stack[int]),
    (IntStack, Stack[float]),
    (Stack, Stack[int]),
    (type[bool], type[int]),
    (type[Derived], type),
    (type[Derived], type[Base | int]),
    (Callable[[int], str], Callable[..., Any]),
    (Callable[[int], str], Callable[[str], int]),
    (type[Base], Callable[..., Any]),
    (FullRow, Row),
    (FullRow, OpenRow),
    (Row, dict[str, Any]),
    (Row, Mapping[str, object]),
    (dict[str, Any], Row),
    (dict, Row),
    (Derived, Estimator),
    (Estimator, Estimator),
    (Box[int], Box),
    (Box, Box[int]),
    (Box[bool], Box[int]),
    (Box[int], BaseModel),
    (list[Box[int]], Sequence[Box[float]]),
    (Record, Record),
    (Color, Color),
    (Json, Json),
    (list[str], Json),
    (np.ndarray, npt.NDArray[np.float64]),
    (npt.NDArray[np.float64], np.ndarray),
    (npt.NDArray[np.float64], npt.NDArray[np.floating]),
    (npt.NDArray[np.float64], npt.NDArray[np.floating[Any]]),
    (npt.NDArray[np.float64], npt.NDArray[Any]),
    (npt.NDArray[np.float64], npt.NDArray[Union[np.float64, np.int64]]),
    (npt.NDArray[np.float64], npt.NDArray[float]),
    (npt.NDArray[np.float64], npt.ArrayLike),
    (Matrix, npt.NDArray[np.number]),
    (npt.NDArray[np.float32], Matrix),
    (np.dtype[np.int64], np.dtype[np.integer]),
    (np.float64, float),
    (pd.DataFrame, pd.DataFrame),
]

NOT_FITTING: list[tuple[Any, Any]] = [
    (float, int),
    (str, int),
    (complex, float),
    (Base, Derived),
    (None, int),
    (int, None),
    (Optional[int], int),
    (Union[int, str], int),
    (Literal[1], str),
    (Literal["c"], Literal["a", "b"]),
    (Literal[1], Literal[True]),
    (str, Literal["a"]),
    (bool, Literal[True]),
    (int, UserId),
    (UserId, str),
    (str, N),
    (list[int], list[str]),
    (list[float], list[int]),
    (list[list[int]], list[list[str]]),
    (str, list[str]),
    (str, Sequence[int]),
    (set[int], list[int]),
    (dict[str, int], dict[int, int]),
    (dict[str, int], Mapping[str, str]),
    (dict[str, int], Iterable[int]),
    (collections.Counter[str], Mapping[str, str]),
    (tuple[int, str], tuple[int]),
    (tuple[int, ...], tuple[int, int]),
    (tuple[int, str], Sequence[int]),
    (Point, tuple[int, int]),
    (Table[int], dict[str, str]),
    (IntStack, Stack[str]),
    (type[int], type[bool]),
    (int, Callable[..., Any]),
    (Row, FullRow),
    (Row, OpenRow),
    (Row, dict[str, int]),
    (dict[str, int], Row),
    (Base, Estimator),
    (Box[int], Box[str]),
    (Record, Row),
    (Color, str),
    (Base, Json),
    (npt.NDArray[np.int64], npt.NDArray[np.float64]),
    (npt.NDArray[np.floating], npt.NDArray[np.float64]),
    (npt.NDArray[np.str_], npt.NDArray[Union[np.float64, np.int64]]),
    (npt.NDArray[np.float64], list[float]),
    (Matrix, Vector),
    (np.dtype[np.int64], np.dtype[np.floating]),
    (pd.DataFrame, np.ndarray),
]


def pairs(table: list[tuple[Any, Any]]) -> list[Any]:
    return [
        pytest.param(*pair, id=f"{describe(pair[0])} into {describe(pair[1])}") for pair in table
    ]


@pytest.mark.parametrize(("produced", "consumed"), pairs(FITTING))
def test_fits(produced: Any, consumed: Any) -> None:
    assert fits(produced, consumed)


@pytest.mark.parametrize(("produced", "consumed"), pairs(NOT_FITTING))
def test_does_not_fit(produced: Any, consumed: Any) -> None:
    assert not fits(produced, consumed)


VALUES: list[tuple[Any, Any, bool]] = [
    (1, float, True),
    (True, float, True),
    (1, bool, False),
    (1, Literal[True], False),
    (None, Optional[int], True),
    ([1], list[float], True),
    ([1, "a"], list[int], False),
    ([[1, "a"]], list[list[int]], False),
    ({"a": 1}, dict[str, int], True),
    ({1: 1}, dict[str, int], False),
    ({1, 2}, set[int], True),
    ((1, "a"), tuple[int, str], True),
    ((1, "a", 2), tuple[int, str], False),
    ((1, "a"), tuple[int, ...], False),
    ((), tuple[()], True),
    ("abc", Sequence[str], True),
    ("abc", Sequence[int], False),
    (iter("a"), Iterator[int], True),
    (3, UserId, True),
    ({"name": "a"}, Row, True),
    ({"name": 1}, Row, False),
    ({}, Row, False),
    ({"name": "a", "more": 1}, Row, True),
    (Derived(), Estimator, True),
    (Base(), Estimator, False),
    (Point(1, "a"), Point, True),
    (Point(1, 2), Point, False),  # type: ignore[arg-type]
    (Box(item=1), Box[int], True),
    (Box[str](item="a"), Box[int], False),
    (IntStack(), Stack[int], True),
    (IntStack(), Stack[str], False),
    (bool, type[int], True),
    (int, type[bool], False),
    (len, Callable[[int], int], True),
    (3, Callable[..., Any], False),
    ({"a": [1, {"b": None}]}, Json, True),
    (b"", Json, False),
    (np.zeros(2), npt.NDArray[np.float64], True),
    (np.zeros(2), npt.NDArray[np.int64], False),
    (np.zeros(2), npt.NDArray[Union[np.float64, np.int64]], True),
    (np.zeros((2, 2), np.float32), Matrix, True),
    (np.zeros((2, 2), np.float32), Vector, False),
    (np.dtype("f8"), np.dtype[np.floating], True),
    (np.float64(1), float, True),
]


@pytest.mark.parametrize(("value", "hint", "expected"), VALUES)
def test_conforms(value: Any, hint: Any, expected: bool) -> None:
    assert conforms(value, hint) is expected


def test_an_iterator_is_not_consumed() -> None:
    numbers = iter([1, 2])
    assert conforms(numbers, Iterable[int])
    assert list(numbers) == [1, 2]


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (Any, "Any"),
        (None, "None"),
        (dict[str, list[int]], "dict[str, list[int]]"),
        (np.ndarray, "numpy.ndarray"),
        (npt.NDArray[np.float64], "NDArray[numpy.float64]"),
        (npt.NDArray[Any], "NDArray[Any]"),
        (Annotated[int, "count"], "int"),
    ],
)
def test_describe(hint: Any, text: str) -> None:
    assert describe(hint) == text
