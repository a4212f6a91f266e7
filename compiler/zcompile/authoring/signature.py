"""A step function's signature: its inputs, config, context and outputs."""

from __future__ import annotations

import inspect
import keyword
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from zcompile.authoring.config import BaseStepConfig, Output, StepContext, config_values
from zcompile.authoring.places import place_of
from zruntime.diagnostics import Place
from zruntime.exceptions import StepInterfaceError

SINGLE_OUTPUT = "output"
"""Name of a step's output that the author did not name."""

_EMPTY = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class StepSignature:
    """What a step takes and gives.

    Attributes:
        inputs: Annotation of each argument that takes an artifact or a parameter, in order.
        defaults: Default values of those that have one.
        config: Name and class of the config argument, if there is one.
        config_defaults: Fields that the config argument's default value sets.
        context: Name of the StepContext argument, if there is one.
        outputs: Annotation of each output, in order; empty for ``-> None``.
        single: Whether the function returns the one output's value itself, not a tuple.
    """

    inputs: Mapping[str, Any]
    defaults: Mapping[str, Any]
    config: tuple[str, type[BaseStepConfig]] | None
    config_defaults: Mapping[str, Any]
    context: str | None
    outputs: Mapping[str, Any]
    single: bool

    @property
    def config_fields(self) -> tuple[str, ...]:
        """Names of the config's fields."""
        return tuple(self.config[1].model_fields) if self.config else ()


def read_signature(function: Callable[..., Any]) -> StepSignature:
    """Reads the signature of a step function.

    Raises:
        StepInterfaceError: if an argument or the return value has no annotation, if there are
            ``*args``, ``**kwargs``, two configs or two contexts, if a name is used twice, or if an
            output's name cannot be written as ``step.output``.
    """
    place = place_of(function)
    hints = _annotations(function, place)
    inputs: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    configs: list[tuple[str, type[BaseStepConfig]]] = []
    config_defaults: dict[str, Any] = {}
    contexts: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        hint = _argument_hint(function, parameter, hints, place)
        if isinstance(hint, type) and issubclass(hint, BaseStepConfig):
            configs.append((parameter.name, hint))
            config_defaults |= _config_defaults(function, parameter, hint, place)
        elif hint is StepContext:
            contexts.append(parameter.name)
        else:
            inputs[parameter.name] = hint
            if parameter.default is not _EMPTY:
                defaults[parameter.name] = parameter.default
    _at_most_one(function, "config", [name for name, _ in configs], place)
    _at_most_one(function, "StepContext", contexts, place)
    outputs, single = _read_outputs(function, hints, place)
    signature = StepSignature(
        inputs=inputs,
        defaults=defaults,
        config=configs[0] if configs else None,
        config_defaults=config_defaults,
        context=contexts[0] if contexts else None,
        outputs=outputs,
        single=single,
    )
    _names_are_unique(function, signature, place)
    _outputs_have_names(function, outputs, place)
    return signature


def _annotations(function: Callable[..., Any], place: Place) -> Mapping[str, Any]:
    try:
        return inspect.get_annotations(function, eval_str=True)
    except Exception as error:
        raise StepInterfaceError(
            f"The annotations of step `{function.__name__}` cannot be evaluated: {error}.",
            remedy="Import the types it names at the top of the module, not under `TYPE_CHECKING`.",
            place=place,
            code="ZC101",
        ) from error


def _argument_hint(
    function: Callable[..., Any],
    parameter: inspect.Parameter,
    hints: Mapping[str, Any],
    place: Place,
) -> Any:
    name = function.__name__
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
        raise StepInterfaceError(
            f"Step `{name}` takes `{stars}{parameter.name}`: the inputs of a step must be named.",
            remedy="Replace it with one argument for each input.",
            place=place,
            code="ZC102",
        )
    if parameter.name not in hints:
        raise StepInterfaceError(
            f"Argument `{parameter.name}` of step `{name}` has no annotation.",
            remedy=f"Write its type, as in `{parameter.name}: int`.",
            place=place,
            code="ZC103",
        )
    hint = hints[parameter.name]
    _a_type(hint, f"Argument `{parameter.name}` of step `{name}`", place)
    return hint


def _a_type(hint: Any, what: str, place: Place) -> None:
    if hint is Output or isinstance(
        hint, (bool, bytes, dict, float, int, list, Output, set, tuple)
    ):
        raise StepInterfaceError(
            f"{what} is annotated with {hint!r}, which is no type.",
            remedy='Write a type, and several outputs as `Tuple[Annotated[int, "a"], Annotated[str,'
            ' "b"]]` or `Output(a=int, b=str)`.',
            place=place,
            code="ZC108",
        )


def _config_defaults(
    function: Callable[..., Any],
    parameter: inspect.Parameter,
    model: type[BaseStepConfig],
    place: Place,
) -> dict[str, Any]:
    default = parameter.default
    if default is None or default is _EMPTY:
        return {}
    if not isinstance(default, model):
        raise StepInterfaceError(
            f"The default of config argument `{parameter.name}` of step `{function.__name__}` is "
            f"{default!r}, which is no `{model.__name__}`.",
            remedy=f"Write `{parameter.name}: {model.__name__} = {model.__name__}(...)`.",
            place=place,
            code="ZC111",
        )
    return config_values(default)


def _at_most_one(function: Callable[..., Any], kind: str, names: list[str], place: Place) -> None:
    if len(names) > 1:
        listed = ", ".join(f"`{name}`" for name in names)
        raise StepInterfaceError(
            f"Step `{function.__name__}` has more than one {kind} argument: {listed}.",
            remedy=f"Keep one {kind} argument.",
            place=place,
            code="ZC104",
        )


def _read_outputs(
    function: Callable[..., Any], hints: Mapping[str, Any], place: Place
) -> tuple[dict[str, Any], bool]:
    if "return" not in hints:
        raise StepInterfaceError(
            f"Step `{function.__name__}` has no return annotation.",
            remedy="Write the type that it returns, or `-> None` if it returns nothing.",
            place=place,
            code="ZC105",
        )
    hint = hints["return"]
    if hint is None or hint is type(None):
        return {}, True
    if isinstance(hint, Output):
        _some_outputs(function, hint, place)
        for name, item in hint.outputs.items():
            _a_type(item, f"Output `{name}` of step `{function.__name__}`", place)
        return dict(hint.outputs), len(hint.outputs) == 1
    _a_type(hint, f"The return value of step `{function.__name__}`", place)
    named = [_output_name(item) for item in get_args(hint)] if get_origin(hint) is tuple else []
    if any(named):
        return _tuple_outputs(function, hint, named, place), False
    return {_output_name(hint) or SINGLE_OUTPUT: hint}, True


def _some_outputs(function: Callable[..., Any], output: Output, place: Place) -> None:
    if not output.outputs:
        raise StepInterfaceError(
            f"Step `{function.__name__}` declares `Output()` without outputs.",
            remedy="Name at least one, as in `Output(model=SVC)`, or write `-> None`.",
            place=place,
            code="ZC106",
        )


def _tuple_outputs(
    function: Callable[..., Any], hint: Any, named: list[str | None], place: Place
) -> dict[str, Any]:
    names = [name or f"output_{index}" for index, name in enumerate(named)]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        _repeated_name(function, repeated[0], "two outputs", place)
    return dict(zip(names, get_args(hint), strict=True))


def _output_name(hint: Any) -> str | None:
    if get_origin(hint) is Annotated:
        return next((item for item in hint.__metadata__ if isinstance(item, str)), None)
    return None


def _names_are_unique(function: Callable[..., Any], signature: StepSignature, place: Place) -> None:
    seen: dict[str, str] = {}
    groups = (
        ("an input", signature.inputs),
        ("a config field", signature.config_fields),
        ("an output", signature.outputs),
    )
    for kind, names in groups:
        for name in names:
            if name in seen:
                _repeated_name(function, name, f"{seen[name]} and {kind}", place)
            seen[name] = kind


def _outputs_have_names(
    function: Callable[..., Any], outputs: Mapping[str, Any], place: Place
) -> None:
    for name in outputs:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise StepInterfaceError(
                f"Output {name!r} of step `{function.__name__}` has a name that is no identifier.",
                remedy="Name it with letters, digits and underscores, as in "
                '`Annotated[int, "row_count"]`.',
                place=place,
                code="ZC109",
            )


def _repeated_name(function: Callable[..., Any], name: str, what: str, place: Place) -> None:
    raise StepInterfaceError(
        f"Step `{function.__name__}` uses the name `{name}` for {what}.",
        remedy="Give each input, output and config field a name of its own.",
        place=place,
        code="ZC107",
    )
