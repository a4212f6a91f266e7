"""The arguments of a pipeline: what its function declares, and what an instance is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from zcompile.authoring.places import (
    argument_place,
    calling_place,
    keyword_place,
    parameter_place,
    place_of,
)
from zcompile.authoring.step import Step, StepInstance
from zcompile.hints import type_of
from zcompile.problems import Problems, counted, listed, nearest, shown
from zruntime.exceptions import PipelineInterfaceError


def read_arguments(
    name: str, function: Callable[..., Any], problems: Problems
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, inspect.Parameter]]:
    """The names of a pipeline's arguments, those that take step instances, and the parameters.

    Args:
        name: The pipeline's name.
        function: Its function.
        problems: Takes a PipelineInterfaceError for each argument that cannot be one.
    """
    slots: list[str] = []
    parameters: dict[str, inspect.Parameter] = {}
    arguments = _signature(name, function, problems).parameters
    for argument in arguments.values():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            stars = "*" if argument.kind is argument.VAR_POSITIONAL else "**"
            message = f"Pipeline `{name}` takes `{stars}{argument.name}`: its steps must be named."
            remedy = "Replace it with one argument for each step."
        elif argument.kind is argument.POSITIONAL_ONLY:
            message = f"Pipeline `{name}` takes `{argument.name}` by its position only."
            remedy = "Remove the `/`: steps and parameters have names."
        else:
            is_slot = argument.annotation in (argument.empty, Step, StepInstance)
            if is_slot and argument.default is argument.empty:
                slots.append(argument.name)
            else:
                parameters[argument.name] = argument
            continue
        place = parameter_place(function, argument.name)
        error = PipelineInterfaceError(message, remedy=remedy, place=place, code="ZC201")
        problems.add(error)
    return tuple(arguments), tuple(slots), parameters


def _signature(name: str, function: Callable[..., Any], problems: Problems) -> inspect.Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except Exception as error:  # an annotation may be any expression
        problems.add(
            PipelineInterfaceError(
                f"The annotations of pipeline `{name}` cannot be evaluated: {error}.",
                remedy="Import the types it names at the top of the module, not under "
                "`TYPE_CHECKING`.",
                place=place_of(function),
                code="ZC207",
            )
        )
        return inspect.signature(function)


class Instantiation:
    """The arguments of an instantiation, sorted into step instances and parameters.

    Args:
        pipeline: The pipeline's name.
        names: Names of its arguments.
        slots: Those that take step instances.
        problems: Takes a PipelineInterfaceError for each argument that does not fit.
    """

    def __init__(
        self,
        pipeline: str,
        names: tuple[str, ...],
        slots: tuple[str, ...],
        problems: Problems,
    ) -> None:
        self.pipeline = pipeline
        self.names = names
        self.slots = slots
        self.problems = problems

    def bind(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[dict[str, StepInstance], dict[str, Any]]:
        """The step instances and the parameters by name, without what does not fit."""
        given = self._given(args, kwargs)
        missing = [name for name in self.slots if name not in given]
        if missing:
            self._mistake(
                f"Pipeline `{self.pipeline}` is missing its step{'s' * (len(missing) > 1)} "
                f"{listed(missing)}.",
                f"Hand each an instance: `{self.pipeline}({missing[0]}=<a step>())`.",
                "ZC213",
            )
        held = {name: self._step(name, given[name]) for name in self.slots if name in given}
        steps = {name: step for name, step in held.items() if step is not None}
        self._all_different(steps)
        return steps, {name: value for name, value in given.items() if name not in self.slots}

    def _given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        names = self.names
        if len(args) > len(names):
            noun = "step" if len(self.slots) == len(names) > 0 else "argument"
            self._mistake(
                f"Pipeline `{self.pipeline}` takes {counted(len(names), noun)} and was given "
                f"{len(args)}.",
                f"Leave the others out. Its arguments are: {listed(names)}.",
                "ZC210",
                position=len(names),
            )
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in names:
                self._mistake(
                    f"Pipeline `{self.pipeline}` has no argument `{name}`.",
                    f"Its arguments are: {listed(names)}.",
                    "ZC211",
                    argument=name,
                    suggestion=nearest(name, names),
                )
            elif name in given:
                self._mistake(
                    f"Argument `{name}` of pipeline `{self.pipeline}` is given twice.",
                    "Give it once, by its position or by its name.",
                    "ZC212",
                    argument=name,
                )
            else:
                given[name] = value
        return given

    def _step(self, slot: str, value: Any) -> StepInstance | None:
        if isinstance(value, StepInstance):
            return value
        if isinstance(value, Step):
            name = value.function_name
            self._mistake(
                f"Argument `{slot}` of pipeline `{self.pipeline}` is the step `{name}` "
                "itself, not an instance of it: missing brackets.",
                f"Write `{slot}={name}()`.",
                "ZC214",
                argument=slot,
            )
        else:
            self._mistake(
                f"Argument `{slot}` of pipeline `{self.pipeline}` is {shown(value)}, not a step.",
                "Decorate the function with `@step` and hand over an instance, as in `my_step()`."
                if callable(value)
                else "Hand over an instance of a step, as in `my_step()`; a parameter of the "
                f"pipeline needs an annotation, as in `{slot}: {type_of(value)}`.",
                "ZC215",
                argument=slot,
            )
        return None

    def _all_different(self, steps: Mapping[str, StepInstance]) -> None:
        seen: dict[int, str] = {}
        for slot, instance in steps.items():
            if id(instance) in seen:
                function = instance.step.function_name
                self._mistake(
                    f"Pipeline `{self.pipeline}` was given one instance of step `{function}` "
                    f"as both `{seen[id(instance)]}` and `{slot}`.",
                    f"Make an instance for each: `{function}()`.",
                    "ZC216",
                    argument=slot,
                )
            seen[id(instance)] = slot

    def _mistake(
        self,
        message: str,
        remedy: str,
        code: str,
        argument: str = "",
        suggestion: str = "",
        position: int | None = None,
    ) -> None:
        call = calling_place()
        if code in ("ZC211", "ZC212"):
            place = keyword_place(call, argument)
        else:
            position = self.names.index(argument) if argument in self.names else position
            place = argument_place(call, argument, position)
        self.problems.add(
            PipelineInterfaceError(
                message, remedy=remedy, place=place, code=code, suggestion=suggestion
            )
        )
