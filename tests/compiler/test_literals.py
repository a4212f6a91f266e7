"""Literals of generated code: the same value when read, in lines of bounded length."""

from __future__ import annotations

import ast
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcompile.literals import WIDTH, Code, call, literal

TEXTS = st.text() | st.text(alphabet="\"'\\{}%\n\r\t #é\u2028", max_size=200)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner) | st.lists(inner).map(tuple),
)


@given(VALUES, st.integers(0, 40), st.integers(0, 120))
def test_a_literal_is_read_as_its_value(value: Any, indent: int, prefix: int) -> None:
    read = ast.literal_eval(literal(value, indent, prefix))
    assert read == value
    assert repr(read) == repr(value)


@given(st.lists(st.text("abc \n", max_size=300)), st.integers(0, 3))
def test_lines_are_bounded(value: list[str], depth: int) -> None:
    value = [" ".join(text[i : i + 30] for i in range(0, len(text), 30)) for text in value]
    assert all(len(line) <= WIDTH + 30 for line in literal(value, 4 * depth, 0).splitlines())


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("plain", '"plain"'),
        ("it's", '"it\'s"'),
        ('a "word"', "'a \"word\"'"),
        ("O'Brien's \"x\"", '"O\'Brien\'s \\"x\\""'.replace("\\\\", "\\")),
        (1.0, "1.0"),
        (True, "True"),
        ((1,), "(1,)"),
        (dt.timedelta(days=2), "timedelta(days=2)"),
        (dt.timedelta(minutes=5), "timedelta(minutes=5)"),
        (dt.timedelta(seconds=90), "timedelta(seconds=90)"),
        (dt.timedelta(seconds=0.5), "timedelta(seconds=0.5)"),
        (dt.timedelta(), "timedelta(seconds=0)"),
        (
            dt.datetime(2026, 1, 31, tzinfo=dt.timezone.utc),
            "datetime(2026, 1, 31, tzinfo=timezone.utc)",
        ),
        (Code("f(x)"), "f(x)"),
    ],
)
def test_sources(value: object, source: str) -> None:
    assert literal(value) == source


@given(st.timedeltas(dt.timedelta(days=-9000), dt.timedelta(days=9000)))
def test_durations_are_exact(value: dt.timedelta) -> None:
    read = eval(literal(value), {"timedelta": dt.timedelta})
    assert read == value


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", float("nan"), dt.date(2026, 1, 1), int])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no literal"):
        literal({"key": [value]})


def test_a_call_that_is_too_long_takes_a_line_for_each_argument() -> None:
    text = call("Operator", {"0": "x" * 60, "name": "y" * 60}, indent=4)
    assert text == f'Operator(\n        "{"x" * 60}",\n        name="{"y" * 60}",\n    )'
