"""The two checks of a type agree: what a producer may return, a consumer that it fits takes."""

# ruff: noqa: UP007, UP045  (both ways of writing a union are tried)

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, NewType, Optional, Union

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import NotRequired, TypedDict

from zcompile.hints import conforms, fits


class Row(TypedDict):
    name: str
    count: NotRequired[int]


class Pair(NamedTuple):
    left: int
    right: str


Id = NewType("Id", int)

LEAVES: tuple[Any, ...] = (
    *(int, float, bool, str, bytes, complex, None, Row, Pair, Id),
    *(Literal["a", 1], Literal[True], Sequence[str]),
    *(np.float64, npt.NDArray[np.float64], npt.NDArray[np.integer]),
)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    one = st.sampled_from([list, set, frozenset, Sequence, Iterable, Collection])
    two = st.sampled_from([dict, Mapping])
    return st.one_of(
        st.builds(lambda outer, item: outer[item], one, inner),
        st.builds(lambda outer, key, value: outer[key, value], two, inner, inner),
        st.builds(lambda item: tuple[item, ...], inner),
        st.builds(lambda one, other: tuple[one, other], inner, inner),
        st.builds(lambda one, other: Union[one, other], inner, inner),
        st.builds(lambda item: Optional[item], inner),
    )


hints = st.recursive(st.sampled_from(LEAVES), containers, max_leaves=4)

scalars = st.one_of(
    *(
        st.none(),
        st.booleans(),
        st.integers(0, 2),
        st.floats(0, 1),
        st.sampled_from(["", "a", "b"]),
    ),
    *(st.just(b"x"), st.just(1j), st.just(Pair(1, "a")), st.just(np.float64(1))),
    *(st.just(np.zeros(1)), st.just(np.zeros(1, np.int64))),
)

values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.tuples(inner, inner),
        st.sets(st.integers(0, 2), max_size=2),
        st.frozensets(st.sampled_from(["a", "b"]), max_size=2),
        st.dictionaries(st.sampled_from(["name", "count", 1]), inner, max_size=2),
    ),
    max_leaves=4,
)


@settings(max_examples=1500, deadline=None)
@given(values, hints, hints)
def test_what_fits_conforms(value: Any, produced: Any, consumed: Any) -> None:
    if conforms(value, produced) and fits(produced, consumed):
        assert conforms(value, consumed)


@settings(max_examples=500, deadline=None)
@given(hints)
def test_each_fits_itself_and_everything(hint: Any) -> None:
    assert fits(hint, hint)
    assert fits(hint, Any) and fits(Any, hint)
    assert fits(hint, Optional[hint])


@settings(max_examples=500, deadline=None)
@given(hints, hints, hints)
def test_fitting_is_transitive(one: Any, two: Any, three: Any) -> None:
    if fits(one, two) and fits(two, three):
        assert fits(one, three)
