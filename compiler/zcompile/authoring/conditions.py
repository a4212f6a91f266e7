"""Conditions: what `when=` takes, made by comparing the outputs of steps in a pipeline's body."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zcompile.authoring.places import calling_place
from zcompile.problems import Problems, shown
from zruntime.conditions import FALSE, NEGATED, TRUE
from zruntime.diagnostics import Place
from zruntime.exceptions import PipelineInterfaceError, StepInterfaceError
from zruntime.spec import Condition, OutputRef

if TYPE_CHECKING:
    from zcompile.authoring.artifacts import Artifact
    from zcompile.authoring.tracing import Trace


class ArtifactCondition:
    """A test of the value that an output will have; `~` is its opposite.

    Attributes:
        artifact: The output.
        test: One of `zruntime.conditions.TESTS`.
        value: What it is compared with.
        place: Where the comparison is written.
    """

    __slots__ = ("artifact", "place", "test", "value")
    __hash__ = object.__hash__

    def __init__(self, artifact: Artifact, test: str, value: Any = None) -> None:
        self.artifact, self.test, self.value = artifact, test, value
        self.place = calling_place()

    def __invert__(self) -> ArtifactCondition:
        return ArtifactCondition(self.artifact, NEGATED[self.test], self.value)

    def __bool__(self) -> bool:
        raise PipelineInterfaceError(
            f"{self!r} is used in the pipeline's body, where its value is not known yet.",
            remedy="Hand it to a step: `step.with_options(when=...)`. For `not` write `~`, for "
            "`in` write `.isin([...])`; of several, let a step make one.",
            place=calling_place(),
            code="ZC185",
        )

    def __repr__(self) -> str:
        value = "" if self.test in (TRUE, FALSE) else f" {self.value!r}"
        return f"<condition: {self.artifact.producer}.{self.artifact.output} {self.test}{value}>"


def lowered_condition(
    condition: ArtifactCondition, step: str, trace: Trace, problems: Problems
) -> Condition | None:
    """The condition as the runtime tests it, or None if it cannot be.

    Args:
        condition: The condition.
        step: The step that has it.
        trace: The trace that the step is part of.
        problems: Takes a StepInterfaceError for an output of another pipeline, and for a value
            that is no plain data.
    """
    if condition.artifact.trace is not trace:
        message = f"The condition of step `{step}` is about an output of another pipeline."
        remedy, code = "Test an output of a step of the same pipeline.", "ZC182"
    elif not _is_plain(condition.value, condition.test):
        message = f"The condition of step `{step}` compares with {shown(condition.value)}."
        remedy = (
            "Compare with None, a bool, a finite number or a string, and with a list of them in "
            "`.isin([...])`; let a step compare anything else, and test its output."
        )
        code = "ZC181"
    else:
        source = OutputRef(condition.artifact.producer, condition.artifact.output)
        return Condition(source, condition.test, condition.value)
    error = StepInterfaceError(message, remedy=remedy, place=condition.place, code=code)
    problems.add(error)
    return None


def as_list(choices: Iterable[Any]) -> Any:
    """The choices of `isin` in an order that is always the same; anything else as it is."""
    if isinstance(choices, (set, frozenset)):
        return sorted(choices, key=lambda item: (type(item).__name__, repr(item)))
    return list(choices) if isinstance(choices, (list, tuple, range)) else choices


def wrong_condition(given: object, place: Place | None) -> StepInterfaceError:
    """The error about a `when=` that is no condition."""
    return StepInterfaceError(
        f"`when` is {shown(given)}, which is no condition on an output of a step.",
        remedy="Test an output in a pipeline's body: `when=report`, `when=~report`, "
        "`when=score > 0.9` or `when=kind.isin([...])`.",
        place=place,
        code="ZC180",
    )


def _is_plain(value: Any, test: str) -> bool:
    if test in ("in", "not in"):
        return isinstance(value, list) and all(map(_is_scalar, value))
    return _is_scalar(value)


def _is_scalar(value: Any) -> bool:
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, str)
