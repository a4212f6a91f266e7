"""The function of a step's ``cache_func``: which of the step's parameters it takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator

from zcompile.authoring.places import parameter_place
from zcompile.authoring.signature import StepSignature
from zcompile.problems import listed, nearest
from zruntime.exceptions import StepInterfaceError

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)


def taken(function: Callable[..., object], known: Collection[str]) -> list[str]:
    """The names among those known that a function has arguments for."""
    arguments = inspect.signature(function).parameters
    if any(item.kind is inspect.Parameter.VAR_KEYWORD for item in arguments.values()):
        return list(known)
    return [name for name in arguments if name in known]


def required(function: Callable[..., object]) -> Iterator[inspect.Parameter]:
    """The arguments that a function must be given."""
    for argument in inspect.signature(function).parameters.values():
        if argument.default is argument.empty and argument.kind is not argument.VAR_KEYWORD:
            yield argument


def askable_problems(
    step: str, signature: StepSignature, function: Callable[..., object]
) -> list[StepInterfaceError]:
    """What is wrong with the arguments of a step's ``cache_func``."""
    known = [*signature.inputs, *([signature.config[0]] if signature.config else [])]
    return [
        StepInterfaceError(
            f"`cache_func` of step `{step}` takes `{argument.name}`, which it cannot be given.",
            remedy="Its arguments are given by name, and are parameters of the step: "
            f"{listed(known)}.",
            suggestion=nearest(argument.name, known),
            place=parameter_place(function, argument.name),
            code="ZC138",
        )
        for argument in required(function)
        if argument.name not in known or argument.kind in _BY_POSITION
    ]
