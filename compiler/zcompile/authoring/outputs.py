"""What a step function returned, checked against what it declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zcompile.authoring.places import return_place
from zcompile.authoring.signature import StepSignature
from zcompile.hints import Scope, conforms, describe, type_of, unresolved_parts
from zcompile.problems import shown
from zruntime.exceptions import StepInterfaceError


def checked_outputs(
    step: str, signature: StepSignature, returned: Any, function: Callable[..., Any]
) -> dict[str, Any]:
    """The outputs of a step by name.

    Raises:
        StepInterfaceError: if there are too many or too few values, or one of another type.
    """
    outputs = signature.outputs
    if not outputs:
        if returned is not None:
            raise StepInterfaceError(
                f"Step `{step}` is annotated `-> None` and returned a {type_of(returned)}.",
                remedy="Annotate what it returns, or return nothing.",
                place=return_place(function),
                code="ZC160",
            )
        return {}
    if signature.single:
        values: tuple[Any, ...] = (returned,)
    elif isinstance(returned, tuple):
        values = returned
    else:
        raise StepInterfaceError(
            f"Step `{step}` has {len(outputs)} outputs and returned a {type_of(returned)}.",
            remedy=f"Return a tuple: `return {', '.join(outputs)}`.",
            place=return_place(function),
            code="ZC161",
        )
    if len(values) != len(outputs):
        raise StepInterfaceError(
            f"Step `{step}` has {len(outputs)} outputs ({', '.join(outputs)}) and returned "
            f"{len(values)} values.",
            remedy="Return one value for each output.",
            place=return_place(function),
            code="ZC162",
        )
    for (name, declared), value in zip(outputs.items(), values, strict=True):
        # A class that is defined below the step is known by now.
        hint = Scope(function).resolved(declared) if unresolved_parts(declared) else declared
        if not conforms(value, hint):
            raise StepInterfaceError(
                f"Output `{name}` of step `{step}` is declared as {describe(declared)}, and the "
                f"step returned a {type_of(value)}: {shown(value)}.",
                remedy="Return a value of that type, or change the annotation.",
                place=return_place(function),
                code="ZC163",
            )
    return dict(zip(outputs, values, strict=True))
