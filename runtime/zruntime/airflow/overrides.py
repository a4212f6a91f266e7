"""What a run's trigger form says of a step's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from zruntime.exceptions import StepInterfaceError
from zruntime.spec import StepSpec

if TYPE_CHECKING:
    from zruntime.functions import StepFunction


def overrides(step: str, compiled: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a form, or the `conf` of a run, has for a step's parameters.

    Args:
        step: The step's name.
        compiled: Its parameters, as they were compiled.
        form: Values by `step.parameter`, beside others that are not for the step.

    Raises:
        StepInterfaceError: if the step has no parameter of such a name.
    """
    prefix = f"{step}."
    found: dict[str, Any] = {}
    for key, value in form.items():
        name = key.removeprefix(prefix)
        if name in compiled and key.startswith(prefix):
            found[name] = as_compiled(value, compiled[name])
        elif key.startswith(prefix) and name.isidentifier():
            known = ", ".join(f"`{item}`" for item in compiled) or "none"
            raise StepInterfaceError(
                f"Step `{step}` has no parameter `{name}`, which the run's conf sets.",
                remedy=f"Its parameters are: {known}.",
                code="ZC151",
            )
    return found


def with_parameters(
    step: StepSpec,
    function: StepFunction,
    values: Mapping[str, Any],
    changes: Mapping[str, tuple[Any, Any]],
) -> StepSpec:
    """A step with the parameters of a run, validated.

    Args:
        step: The step as it was compiled.
        function: What validates them.
        values: The parameters, as the form has them.
        changes: What the pipeline's own parameters change, before and after. The form's value of
            the step itself wins, as does one that did not come from the pipeline's code.

    Raises:
        StepInterfaceError: if a value is wrong.
    """
    compiled, wired = dict(step.parameters), tuple(step.inputs)
    wanted = dict(values)
    for name, (before, after) in changes.items():
        if name in compiled and repr(wanted[name]) == repr(compiled[name]):
            was = function.normalize({**compiled, name: before}, wired=wired)
            if repr(was[name]) == repr(compiled[name]):
                wanted[name] = after
    return replace(step, parameters=function.normalize(wanted, wired=wired))


def as_compiled(value: Any, compiled: Any) -> Any:
    """A value, or the compiled one where a browser means that: it writes 1.0 as 1, "" as null."""
    if value is None and compiled == "":
        return compiled
    if type(value) is int and type(compiled) is float and value == compiled:
        return compiled
    if isinstance(value, list) and isinstance(compiled, list):
        known = [*compiled, *value[len(compiled) :]]
        return [as_compiled(*pair) for pair in zip(value, known, strict=False)]
    if isinstance(value, dict) and isinstance(compiled, dict):
        return {key: as_compiled(item, compiled.get(key)) for key, item in value.items()}
    return value
