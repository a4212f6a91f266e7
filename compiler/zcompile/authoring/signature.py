"""A step function's signature: its inputs, config, context and outputs."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, get_args, get_origin

from msgspec import Struct

from zcompile.authoring.config import BaseStepConfig, Output, StepContext, config_values
from zcompile.authoring.places import (
    field_place,
    output_place,
    parameter_place,
    place_of,
    return_place,
)
from zcompile.hints import Scope
from zcompile.problems import Problems, listed, shown
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import StepInterfaceError

SINGLE_OUTPUT = "output"
"""Name of a step's output that the author did not name."""

_EMPTY = inspect.Parameter.empty


class StepSignature(Struct, frozen=True):
    """What a step takes and gives.

    Attributes:
        inputs: Annotation of each argument that takes an artifact or a parameter, in order.
        defaults: Default values of those that have one.
        config: Name and class of the config argument, if there is one.
        config_defaults: Fields that the config argument's default value sets.
        context: Name of the StepContext argument, if there is one.
        outputs: Annotation of each output, in order; empty for ``-> None``.
        single: Whether the function returns the one output's value itself, not a tuple.
        knows_outputs: Whether its return annotation could be read; only a step with a mistake
            does not know its outputs.
    """

    inputs: Mapping[str, Any]
    defaults: Mapping[str, Any]
    config: tuple[str, type[BaseStepConfig]] | None
    config_defaults: Mapping[str, Any]
    context: str | None
    outputs: Mapping[str, Any]
    single: bool
    knows_outputs: bool = True

    @property
    def config_fields(self) -> tuple[str, ...]:
        """Names of the config's fields."""
        return tuple(self.config[1].model_fields) if self.config else ()


def read_signature(function: Callable[..., Any], problems: Problems) -> StepSignature:
    """Reads the signature of a step function.

    Args:
        function: The step function.
        problems: Takes a StepInterfaceError for each mistake: an argument or the return value has
            no annotation, or one that is no type; there are ``*args``, ``**kwargs``, two configs
            or two contexts; a name is used twice; an output's name cannot be written as
            ``step.output``.

    Returns:
        The signature, with Any in the place of what could not be read.
    """
    return _Reader(function, problems).read()


class _Reader:
    def __init__(self, function: Callable[..., Any], problems: Problems) -> None:
        self.function = function
        self.problems = problems
        self.name = function.__name__
        self.hints = self._annotations()

    def read(self) -> StepSignature:
        inputs: dict[str, Any] = {}
        defaults: dict[str, Any] = {}
        configs: dict[str, type[BaseStepConfig]] = {}
        config_defaults: dict[str, Any] = {}
        contexts: list[str] = []
        for parameter in self._parameters():
            hint = self._argument_hint(parameter)
            if isinstance(hint, type) and issubclass(hint, BaseStepConfig):
                configs[parameter.name] = hint
                config_defaults |= self._config_defaults(parameter, hint)
            elif hint is StepContext:
                contexts.append(parameter.name)
            else:
                inputs[parameter.name] = hint
                if parameter.default is not _EMPTY:
                    defaults[parameter.name] = parameter.default
        self._at_most_one("config", [*configs])
        self._at_most_one("StepContext", contexts)
        outputs, single = self._outputs()
        signature = StepSignature(
            inputs=inputs,
            defaults=defaults,
            config=next(iter(configs.items()), None),
            config_defaults=config_defaults,
            context=contexts[0] if contexts else None,
            outputs=outputs or {},
            single=single,
            knows_outputs=outputs is not None,
        )
        self._names_are_unique(signature)
        self._outputs_have_names(signature.outputs)
        return signature

    def _annotations(self) -> Mapping[str, Any]:
        scope = Scope(self.function)
        hints = {name: scope.resolved(hint) for name, hint in scope.annotations().items()}
        declared = hints.get("return")
        if isinstance(declared, Output):
            items = declared.outputs.items()
            hints["return"] = Output(**{name: scope.resolved(item) for name, item in items})
        return hints

    def _parameters(self) -> Iterable[inspect.Parameter]:
        """The named parameters."""
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
                self._mistake(
                    f"Step `{self.name}` takes `{stars}{parameter.name}`: the inputs of a step "
                    "must be named.",
                    "Replace it with one argument for each input.",
                    parameter_place(self.function, parameter.name),
                    "ZC102",
                )
            else:
                yield parameter

    def _argument_hint(self, parameter: inspect.Parameter) -> Any:
        place = parameter_place
        if parameter.name not in self.hints:
            self._mistake(
                f"Argument `{parameter.name}` of step `{self.name}` has no annotation.",
                f"Write its type, as in `{parameter.name}: int`.",
                place(self.function, parameter.name),
                "ZC103",
            )
            return Any
        hint = self.hints[parameter.name]
        if _is_no_type(hint):
            what = f"Argument `{parameter.name}`"
            self._no_type(what, hint, place(self.function, parameter.name))
            return Any
        return hint

    def _no_type(self, what: str, hint: Any, place: Place) -> None:
        self._mistake(
            f"{what} of step `{self.name}` is annotated with {shown(hint)}, which is no type.",
            'Write a type, and several outputs as `Tuple[Annotated[int, "a"], Annotated[str, '
            '"b"]]` or `Output(a=int, b=str)`.',
            place,
            "ZC108",
        )

    def _config_defaults(
        self, parameter: inspect.Parameter, model: type[BaseStepConfig]
    ) -> dict[str, Any]:
        default = parameter.default
        if default is None or default is _EMPTY:
            return {}
        if isinstance(default, model):
            return config_values(default)
        self._mistake(
            f"The default of config argument `{parameter.name}` of step `{self.name}` is "
            f"{shown(default)}, which is no `{model.__name__}`.",
            f"Write `{parameter.name}: {model.__name__} = {model.__name__}(...)`.",
            parameter_place(self.function, parameter.name),
            "ZC111",
        )
        return {}

    def _at_most_one(self, kind: str, names: list[str]) -> None:
        if len(names) > 1:
            self._mistake(
                f"Step `{self.name}` has more than one {kind} argument: {listed(names)}.",
                f"Keep one {kind} argument.",
                parameter_place(self.function, names[1]),
                "ZC104",
                [Related("the first one", parameter_place(self.function, names[0]))],
            )

    def _outputs(self) -> tuple[dict[str, Any] | None, bool]:
        """The outputs, None if they cannot be known, and whether there is an only one."""
        hint = self.hints.get("return", None)
        if "return" not in self.hints:
            self._mistake(
                f"Step `{self.name}` has no return annotation.",
                "Write the type that it returns, or `-> None` if it returns nothing.",
                place_of(self.function),
                "ZC105",
            )
            return None, True
        if hint is None or hint is type(None):
            return {}, True
        if isinstance(hint, Output):
            return self._declared_outputs(hint)
        if _is_no_type(hint):
            self._no_type("The return value", hint, return_place(self.function))
            return None, True
        named = [_output_name(item) for item in get_args(hint)] if get_origin(hint) is tuple else []
        if any(named):
            return self._tuple_outputs(hint, named), False
        return {_output_name(hint) or SINGLE_OUTPUT: hint}, True

    def _declared_outputs(self, declared: Output) -> tuple[dict[str, Any] | None, bool]:
        if not declared.outputs:
            self._mistake(
                f"Step `{self.name}` declares `Output()` without outputs.",
                "Name at least one, as in `Output(model=SVC)`, or write `-> None`.",
                return_place(self.function),
                "ZC106",
            )
            return None, True
        outputs = dict(declared.outputs)
        for name, item in outputs.items():
            if _is_no_type(item):
                self._no_type(f"Output `{name}`", item, return_place(self.function))
                outputs[name] = Any
        return outputs, len(outputs) == 1

    def _tuple_outputs(self, hint: Any, named: list[str | None]) -> dict[str, Any]:
        names = [name or f"output_{index}" for index, name in enumerate(named)]
        for index, name in enumerate(names):
            if name in names[:index]:
                places = [
                    output_place(self.function, name, at) for at in (names.index(name), index)
                ]
                self._repeated_name(name, "two outputs", places[1], places[0])
        return dict(zip(names, get_args(hint), strict=True))

    def _names_are_unique(self, signature: StepSignature) -> None:
        seen: dict[str, str] = {}
        groups = (
            ("an input", signature.inputs),
            ("a config field", signature.config_fields),
            ("an output", signature.outputs),
        )
        for kind, names in groups:
            for name in names:
                if name in seen:
                    what = f"{seen[name]} and {kind}"
                    first, second = self._name_places(name, kind, signature)
                    self._repeated_name(name, what, second, first)
                seen[name] = kind

    def _name_places(
        self, name: str, kind: str, signature: StepSignature
    ) -> tuple[Place | None, Place]:
        """Where a name that is used twice stands first, and where again."""
        field = field_place(signature.config[1], name) if signature.config else None
        if kind == "a config field":
            return field, parameter_place(self.function, name)
        first = parameter_place(self.function, name) if name in signature.inputs else field
        index = [*signature.outputs].index(name)
        return first, output_place(self.function, name, index)

    def _outputs_have_names(self, outputs: Mapping[str, Any]) -> None:
        for index, name in enumerate(outputs):
            if not name.isidentifier() or keyword.iskeyword(name):
                self._mistake(
                    f"Output {name!r} of step `{self.name}` has a name that is no identifier.",
                    "Name it with letters, digits and underscores, as in "
                    '`Annotated[int, "row_count"]`.',
                    output_place(self.function, name, index),
                    "ZC109",
                )

    def _repeated_name(
        self, name: str, what: str, place: Place, first: Place | None = None
    ) -> None:
        self._mistake(
            f"Step `{self.name}` uses the name `{name}` for {what}.",
            "Give each input, output and config field a name of its own.",
            place,
            "ZC107",
            [Related(f"`{name}` is also here", first)] if first else (),
        )

    def _mistake(
        self, message: str, remedy: str, place: Place, code: str, related: Iterable[Related] = ()
    ) -> None:
        self.problems.add(
            StepInterfaceError(message, remedy=remedy, place=place, code=code, related=related)
        )


def _is_no_type(hint: Any) -> bool:
    no_types = (bool, bytes, dict, float, int, list, Output, set, tuple)
    return hint is Output or isinstance(hint, no_types)


def _output_name(hint: Any) -> str | None:
    if get_origin(hint) is Annotated:
        return next((item for item in hint.__metadata__ if isinstance(item, str)), None)
    return None
