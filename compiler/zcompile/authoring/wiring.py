"""The arguments of a step's call in a pipeline's body, sorted into artifacts and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zcompile.authoring.artifacts import Artifact, Unknown
from zcompile.authoring.conditions import ArtifactCondition
from zcompile.authoring.config import BaseStepConfig, config_values
from zcompile.authoring.mapping import Unmapped
from zcompile.authoring.places import argument_place, keyword_place
from zcompile.authoring.step import Step, StepInstance
from zcompile.hints import conforms
from zcompile.problems import counted, listed, nearest, shown
from zruntime.diagnostics import Place
from zruntime.exceptions import StepInterfaceError
from zruntime.spec import OutputRef

if TYPE_CHECKING:
    from zcompile.authoring.tracing import Trace

_NO_VALUES = (Artifact, ArtifactCondition, Step, StepInstance, Unmapped)


class Wiring:
    """Binds the arguments of one call.

    Args:
        trace: The trace that the call is part of; its problems take a StepInterfaceError for each
            argument that does not fit.
        step: The step that is called.
        name: Its name in the pipeline.
        call: Where it is called.
        config_given: Whether its instance has a config.

    Attributes:
        positions: Index of each input that is given by position.
        sound: Whether all arguments fit so far.
        mapping: Whether the step is mapped over the artifacts that it is given.
        mapped: The inputs that take one item each.
    """

    def __init__(
        self, trace: Trace, step: Step, name: str, call: Place | None, config_given: bool
    ) -> None:
        self.trace, self.step, self.name, self.call = trace, step, name, call
        self.signature = step.signature
        self.inputs: dict[str, OutputRef] = {}
        self.parameters: dict[str, Any] = {}
        self.positions: dict[str, int] = {}
        self.config_given = config_given
        self.sound = True
        self.mapping = False
        self.mapped: list[str] = []

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[dict[str, OutputRef], dict[str, Any]]:
        """The artifacts and the parameters by name, without what does not fit."""
        names = tuple(self.signature.inputs)
        positional = [
            (at, value) for at, value in enumerate(args) if not self._take_config(value, at=at)
        ]
        self.positions = {name: at for name, (at, _) in zip(names, positional, strict=False)}
        if len(positional) > len(names):
            self._mistake(
                f"Step `{self.name}` takes {counted(len(names), 'input')} and was given "
                f"{len(positional)}.",
                f"Leave the others out. Its inputs are: {listed(names)}.",
                "ZC140",
                position=positional[len(names)][0],
            )
        for name, (_, value) in zip(names, positional, strict=False):
            self._take(name, value)
        for name, value in kwargs.items():
            self._take_keyword(name, value)
        if self.mapping and self.sound and not self.mapped:
            self._mistake(
                f"Step `{self.name}` is mapped over nothing: none of its inputs is an output of a "
                "step.",
                f"Pass a list that a step returns: `{self.step.function_name}.map(...)`, or call "
                "the step without `.map`.",
                "ZC170",
            )
        return self.inputs, self.parameters

    def _take_config(self, value: Any, argument: str = "", at: int | None = None) -> bool:
        """Whether a value is a config, which is taken if it fits."""
        config = self.signature.config
        if not isinstance(value, BaseStepConfig):
            return False
        if config is None:
            if any(conforms(value, hint) for hint in self.signature.inputs.values()):
                return False
            self._mistake(
                f"Step `{self.name}` takes no config, and was given {shown(value)}.",
                "Leave it out, or add an argument with a BaseStepConfig to the step.",
                "ZC110",
                argument,
                position=at,
            )
        elif not isinstance(value, config[1]):
            self._mistake(
                f"Step `{self.name}` takes a `{config[1].__name__}` as its config, and was given "
                f"{shown(value)}.",
                f"Write `{config[1].__name__}(...)`.",
                "ZC111",
                argument,
                position=at,
            )
        elif self.config_given:
            self._mistake(
                f"Step `{self.name}` was given two configs.",
                f"Give it one `{config[1].__name__}`.",
                "ZC113",
                argument,
                position=at,
            )
        else:
            self.config_given = True
            self.parameters.update(config_values(value))
        return True

    def _take_keyword(self, name: str, value: Any) -> None:
        config = self.signature.config
        if config is not None and name == config[0]:
            if not self._take_config(value, name):
                self._mistake(
                    f"Step `{self.name}` takes a `{config[1].__name__}` as its config, and was "
                    f"given {shown(value)}.",
                    f"Write `{name}={config[1].__name__}(...)`.",
                    "ZC111",
                    name,
                )
        elif name in self.inputs or name in self.parameters:
            self._mistake(
                f"Input `{name}` of step `{self.name}` is given twice.",
                "Give it once, by its position or by its name.",
                "ZC142",
                name,
            )
        elif name in self.signature.config_fields:
            self._take_parameter(name, value)
        elif name in self.signature.inputs:
            self._take(name, value)
        else:
            known = (*self.signature.inputs, *self.signature.config_fields)
            self._mistake(
                f"Step `{self.name}` has no input `{name}`.",
                f"Its inputs are: {listed(known)}.",
                "ZC141",
                name,
                nearest(name, known),
            )

    def _take(self, name: str, value: Any) -> None:
        whole = not self.mapping or isinstance(value, Unmapped)
        if isinstance(value, Unmapped):
            value = value.value
        if not isinstance(value, Artifact):
            if not whole and self._is_list_of_values(name, value):
                self._mistake(
                    f"Step `{self.name}` is mapped over {shown(value)}, which is no output of a "
                    "step.",
                    "Return the list from a step, and map over that step's output.",
                    "ZC171",
                    name,
                )
            else:
                self._take_parameter(name, value)
        elif value.trace is not self.trace:
            self._mistake(
                f"Input `{name}` of step `{self.name}` comes from another pipeline.",
                "Pass an output of a step of the same pipeline.",
                "ZC145",
                name,
            )
        else:
            self.inputs[name] = OutputRef(value.producer, value.output)
            if not whole:
                self.mapped.append(name)

    def _is_list_of_values(self, name: str, value: Any) -> bool:
        if not isinstance(value, (list, tuple)) or any(isinstance(at, Artifact) for at in value):
            return False
        return not conforms(value, self.signature.inputs[name])

    def _take_parameter(self, name: str, value: Any) -> None:
        """Takes a parameter, which must neither be nor hold what is no plain data."""
        items = value.values() if isinstance(value, dict) else value
        every = items if isinstance(value, (list, tuple, set, dict)) else [value]
        if any(isinstance(item, Unknown) for item in every):
            self.sound = False
        elif any(isinstance(item, _NO_VALUES) for item in every):
            self._mistake(
                f"Input `{name}` of step `{self.name}` is {shown(value)}, which is no output of a "
                "step.",
                "Pass the outputs of steps one by one: call the step, and hand on what it returns.",
                "ZC146",
                name,
            )
        else:
            self.parameters[name] = value

    def _mistake(
        self,
        message: str,
        remedy: str,
        code: str,
        argument: str = "",
        suggestion: str = "",
        position: int | None = None,
    ) -> None:
        self.sound = False
        if code in ("ZC141", "ZC142"):
            place = keyword_place(self.call, argument)
        else:
            position = self.positions.get(argument) if argument else position
            place = argument_place(self.call, argument, position)
        self.trace.problems.add(
            StepInterfaceError(
                message, remedy=remedy, place=place, code=code, suggestion=suggestion
            )
        )
