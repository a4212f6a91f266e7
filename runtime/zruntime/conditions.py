"""Conditions on an output's value: what may be tested, and which steps are skipped."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from zruntime.exceptions import StepInterfaceError
from zruntime.items import COLLECTED
from zruntime.spec import Condition, PipelineSpec, StepSpec
from zruntime.store import ArtifactRef

TRUE: Final = "is true"
FALSE: Final = "is false"

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, choices: value in choices,
    "not in": lambda value, choices: value not in choices,
}

NEGATED: Final[Mapping[str, str]] = {
    TRUE: FALSE,
    FALSE: TRUE,
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
    **{test: f"not {test}" for test in ("<", "<=", ">", ">=")},
    **{f"not {test}": test for test in ("<", "<=", ">", ">=")},
}
"""The opposite of each test; that of `<` is not `>=`, since neither holds for a NaN."""

TESTS: Final = tuple(NEGATED)
"""What may be tested."""

ORDERED: Final = ("<", "<=", ">", ">=")
"""The tests of values that have an order."""

_PLAIN: Final = "json/1"
"""The materializer that notes small values, and the number of a container's items."""

_NUMBERS: Final[Mapping[str, type]] = {
    "builtins:bool": bool,
    "builtins:int": int,
    "builtins:float": float,
}
"""The types whose values are noted as they are, if JSON can hold them exactly."""

_UNKNOWN: Final = object()


def holds(condition: Condition, value: Any) -> bool:
    """Whether a value passes the condition's test.

    Raises:
        StepInterfaceError: if the value cannot be compared, or is neither true nor false.
    """
    test, negated = condition.test, False
    if test not in _COMPARISONS and test not in (TRUE, FALSE):
        test, negated = NEGATED[test], True
    try:
        if test in (TRUE, FALSE):
            return bool(value) is (test == TRUE)
        return bool(_COMPARISONS[test](value, condition.value)) is not negated
    except Exception as error:  # a value's own methods may raise anything
        raise StepInterfaceError(
            f"The condition `{condition}` cannot be tested with a {type(value).__name__}: {error}.",
            remedy="Let a step turn the value into a bool, a number or a string, and test that.",
            code="ZC186",
        ) from error


def outcome(condition: Condition, ref: ArtifactRef) -> bool | None:
    """Whether an artifact passes the test, or None if only its stored value tells.

    Small plain values stand in the artifact's metadata, so that nothing has to be loaded.

    Raises:
        StepInterfaceError: if the value cannot be compared.
    """
    value = _noted_value(ref)
    if value is not _UNKNOWN:
        return holds(condition, value)
    if condition.test in (TRUE, FALSE) and ref.materializer in (_PLAIN, COLLECTED):
        items = ref.metadata.get("items")
        return None if items is None else holds(condition, items)
    return None


def _noted_value(ref: ArtifactRef) -> Any:
    """A small plain value, from what its materializer notes for people, where that is all of it."""
    if ref.materializer != _PLAIN:
        return _UNKNOWN
    if ref.type == "builtins:NoneType":
        return None
    if ref.type == "builtins:str":
        text = ref.metadata.get("preview", {}).get("text", "")
        return text if ref.metadata.get("length") == len(text) else _UNKNOWN
    value = ref.metadata.get("value")
    return value if type(value) is _NUMBERS.get(ref.type) else _UNKNOWN


def skip_reason(step: StepSpec, skipped: Collection[str], passed: bool | None) -> str:
    """Why a step is skipped, in words, or an empty string if it is not.

    Args:
        step: The step.
        skipped: Names of the steps that are skipped.
        passed: The outcome of the step's condition; None if there is none or it is not known.
    """
    for name in step.required:
        if name in skipped:
            return f"depends on {name}, which was skipped"
    return f"{step.when} does not hold" if step.when is not None and passed is False else ""


def skipped_with(pipeline: PipelineSpec, name: str) -> dict[str, str]:
    """The steps that are skipped if the condition of one of them fails, with their reasons."""
    found: dict[str, str] = {}
    for step in pipeline.steps:
        reason = skip_reason(step, found, False if step.name == name else None)
        if reason:
            found[step.name] = reason
    return found
