"""What a trigger form has for a step, beside what the pipeline's own parameters change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from zruntime.airflow.overrides import overrides, with_parameters
from zruntime.exceptions import StepInterfaceError
from zruntime.spec import StepSpec
from zruntime.templates import templates_in, with_rendered


@pytest.mark.parametrize(
    ("compiled", "value", "expected"),
    [
        (1.0, 1, "1.0"),
        (1.0, 2, "2"),
        (1, True, "True"),
        (1.0, True, "True"),
        ([1.0, 2], [1, 2, 3], "[1.0, 2, 3]"),
        ({"a": {"b": 2.0}}, {"a": {"b": 2}, "c": 1}, "{'a': {'b': 2.0}, 'c': 1}"),
        ("", None, "''"),
        ("x", None, "None"),
        (None, "", "''"),
    ],
)
def test_a_value_that_a_browser_wrote(compiled: Any, value: Any, expected: str) -> None:
    assert repr(overrides("s", {"x": compiled}, {"s.x": value})["x"]) == expected


def test_what_is_not_for_the_step_is_left_alone() -> None:
    form = {"s.x": 2, "s.y.z": 1, "x": 3, "s2.x": 4, "enable_cache": None}
    assert overrides("s", {"x": 1}, form) == {"x": 2}


def test_a_parameter_that_is_not_there() -> None:
    with pytest.raises(StepInterfaceError, match=r"no parameter `y`.*`x`"):
        overrides("s", {"x": 1}, {"s.y": 2})


class Doubling:
    """A step function whose parameters are numbers, and texts of numbers are taken as such."""

    def normalize(
        self, parameters: Mapping[str, Any], *, wired: Collection[str] = ()
    ) -> dict[str, Any]:
        return {name: float(value) for name, value in parameters.items()}

    def call(self, inputs: Any, parameters: Any, context: Any) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    ("form", "changes", "expected"),
    [
        ({}, {"x": ("1", "5")}, 5.0),
        ({"x": 1.0}, {"x": (1, 5)}, 5.0),
        ({"x": 3.0}, {"x": (1, 5)}, 3.0),
        ({"x": 1.0}, {"x": (2, 5)}, 1.0),
    ],
)
def test_the_steps_own_value_wins_over_the_pipelines(
    form: dict[str, Any], changes: dict[str, tuple[Any, Any]], expected: float
) -> None:
    step = StepSpec(name="s", function="s", entrypoint="m:s", code="c", parameters={"x": 1.0})
    values = {**step.parameters, **form}
    assert with_parameters(step, Doubling(), values, changes).parameters == {"x": expected}


def test_only_templates_are_rendered() -> None:
    value = {"a": ["{{ x }}", "b\r\n", 1], "c": {"d": "{# e #}"}}
    assert [*templates_in(value)] == ["{{ x }}", "{# e #}"]
    assert with_rendered(value, len) == {"a": [7, "b\r\n", 1], "c": {"d": 7}}
