"""Parameters of a step: merged, validated by pydantic, and reduced to plain JSON data."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr, TypeAdapter, ValidationError
from pydantic.errors import (
    PydanticInvalidForJsonSchema,
    PydanticUndefinedAnnotation,
    PydanticUserError,
)
from pydantic_core import ErrorDetails, PydanticSerializationError

from zcompile.authoring.config import shown
from zcompile.authoring.places import field_place
from zcompile.authoring.signature import StepSignature
from zcompile.hints import describe, type_of
from zcompile.problems import listed, nearest
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import MissingStepParameterError, StepInterfaceError, raise_all

_PLAIN = ConfigDict(arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True)
class ParameterMistake:
    """A parameter that is missing, does not exist or has a wrong value.

    Attributes:
        path: The parameter's name, and the keys and indices inside its value.
        error: What is wrong with it, without a place.
    """

    path: tuple[str, ...]
    error: StepInterfaceError

    @property
    def is_missing(self) -> bool:
        """Whether the parameter, or an input that only a step can give, is missing."""
        return self.error.code in ("ZC147", "ZC150")


def normalize_parameters(
    step: str,
    signature: StepSignature,
    parameters: Mapping[str, Any],
    *,
    wired: Collection[str] = (),
) -> dict[str, Any]:
    """The full set of a step's parameters as plain JSON data, defaults included.

    Args:
        step: The step's name, for messages.
        signature: The step's signature.
        parameters: Values by name: fields of the config, or arguments that are no artifact.
        wired: Arguments that take an artifact, and so no parameter.

    Raises:
        MissingStepParameterError: if a required one is missing.
        StepInterfaceError: if one does not exist, has a value of the wrong type, or a value that
            JSON cannot hold; if an input that only a step can give is missing.
    """
    plain, mistakes = checked_parameters(step, signature, parameters, wired=wired)
    raise_all(mistake.error for mistake in mistakes)
    return plain


def checked_parameters(
    step: str,
    signature: StepSignature,
    parameters: Mapping[str, Any],
    *,
    wired: Collection[str] = (),
    templates: bool = False,
) -> tuple[dict[str, Any], list[ParameterMistake]]:
    """As `normalize_parameters`, with what is wrong as a list; those parameters are left out.

    Args:
        step: The step's name, for messages.
        signature: The step's signature.
        parameters: Values by name.
        wired: Arguments that take an artifact.
        templates: Whether strings holding Airflow templates pass unvalidated, since their value
            is only known when a DAG run renders them.
    """
    known = _ordered(signature)
    held = {
        name: value
        for name, value in parameters.items()
        if templates and isinstance(value, str) and ("{{" in value or "{%" in value)
    }
    given = {name: item for name, item in parameters.items() if name in known and name not in held}
    mistakes = [_unknown(step, name, known) for name in parameters if name not in known]
    config = _Config(step, signature, mistakes)
    plain = {**config.parameters(given, held), **held}
    for name, hint in signature.inputs.items():
        if name in wired or name in held:
            continue
        try:
            plain[name] = _argument_parameter(step, signature, name, hint, given)
        except StepInterfaceError as error:
            mistakes.append(ParameterMistake((name,), error))
    return {name: plain[name] for name in known if name in plain}, mistakes


def _argument_parameter(
    step: str, signature: StepSignature, name: str, hint: Any, given: Mapping[str, Any]
) -> Any:
    if name not in given and name not in signature.defaults:
        raise _missing_input(step, name, hint)
    value = given.get(name, signature.defaults.get(name))
    return _plain_argument(step, name, hint, value)


def build_arguments(
    step: str, signature: StepSignature, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The function's arguments for normalized parameters: the config object and plain arguments.

    Raises:
        StepInterfaceError: if a value does not fit its annotation.
    """
    arguments: dict[str, Any] = {}
    if signature.config:
        name, model = signature.config
        fields = {key: parameters[key] for key in signature.config_fields if key in parameters}
        arguments[name] = _validated(step, model, fields)
    for name, hint in signature.inputs.items():
        if name in parameters:
            arguments[name] = _argument(step, name, hint, parameters[name])
    return arguments


def _ordered(signature: StepSignature) -> tuple[str, ...]:
    return (*signature.config_fields, *signature.inputs)


def _unknown(step: str, name: str, known: Collection[str]) -> ParameterMistake:
    return ParameterMistake(
        (name,),
        StepInterfaceError(
            f"Step `{step}` has no parameter `{name}`.",
            remedy=f"Its parameters are: {listed(known)}.",
            suggestion=nearest(name, known),
            code="ZC151",
        ),
    )


class _Config:
    """The parameters that are fields of a step's config; what is wrong goes to the mistakes."""

    def __init__(
        self, step: str, signature: StepSignature, mistakes: list[ParameterMistake]
    ) -> None:
        self.step, self.signature, self.mistakes = step, signature, mistakes

    def parameters(self, given: Mapping[str, Any], held: Collection[str]) -> dict[str, Any]:
        if not self.signature.config:
            return {}
        model = self.signature.config[1]
        values = {**self.signature.config_defaults, **given}
        fields = {name: values[name] for name in self.signature.config_fields if name in values}
        if held:
            return self._field_by_field(model, fields, held)
        try:
            config = model.model_validate(fields)
        except ValidationError as error:
            self.mistakes += [_invalid(self.step, model, item) for item in error.errors()]
            return {}
        except (PydanticUserError, PydanticUndefinedAnnotation) as error:
            self.mistakes.append(ParameterMistake((), _no_model(self.step, model, error)))
            return {}
        return self._dumped(config)

    def _dumped(self, config: BaseModel) -> dict[str, Any]:
        try:
            plain: dict[str, Any] = config.model_dump(mode="json", round_trip=True)
        except PydanticSerializationError as error:
            name = type(config).__name__
            self.mistakes.append(ParameterMistake((), _not_json(self.step, name, error)))
            return {}
        live = config.model_dump(round_trip=True)
        settled = {}
        for name, value in plain.items():
            with self._noting(name):
                settled[name] = _settled(self.step, name, live[name], value)
        return settled

    def _field_by_field(
        self, model: type[BaseModel], fields: Mapping[str, Any], held: Collection[str]
    ) -> dict[str, Any]:
        """Validates what is known where some fields are templates, and the whole is not."""
        plain: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            if name in held:
                continue
            if name not in fields and field.is_required():
                error = _missing(self.step, name, field_place(model, name))
                self.mistakes.append(ParameterMistake((name,), error))
                continue
            hint = Annotated.__class_getitem__((field.annotation, *field.metadata, None))  # type: ignore[attr-defined]
            value = fields[name] if name in fields else field.get_default(call_default_factory=True)
            with self._noting(name):
                plain[name] = _plain_argument(self.step, name, hint, value)
        return plain

    @contextmanager
    def _noting(self, name: str) -> Iterator[None]:
        try:
            yield
        except StepInterfaceError as error:
            self.mistakes.append(ParameterMistake((name,), error))


def _no_model(step: str, model: type[BaseModel], error: Exception) -> StepInterfaceError:
    return StepInterfaceError(
        f"Config `{model.__name__}` of step `{step}` cannot be used: {_first_line(error)}",
        remedy="Import or define the types that its fields name, at the top of the module.",
        code="ZC153",
    )


def _validated(step: str, model: type[BaseModel], fields: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise_all(_invalid(step, model, item).error for item in error.errors())
        raise


def _invalid(step: str, model: type[BaseModel], details: ErrorDetails) -> ParameterMistake:
    path = tuple(map(str, details["loc"]))
    declared = field_place(model, path[0]) if path else None
    if details["type"] == "missing" and len(path) == 1:
        return ParameterMistake(path, _missing(step, path[0], declared))
    return ParameterMistake(
        path,
        StepInterfaceError(
            f"Parameter `{'.'.join(path) or 'config'}` of step `{step}` is "
            f"{shown(details['input'])}: {details['msg']}.",
            remedy="Change the value where it is set, or the field's type.",
            related=_declared(path[0], declared) if path else (),
            code="ZC152",
        ),
    )


def _declared(name: str, place: Place | None) -> tuple[Related, ...]:
    return (Related(f"`{name}` is declared here", place),) if place else ()


def _missing_input(step: str, name: str, hint: Any) -> StepInterfaceError:
    if _may_be_plain(step, name, hint):
        return _missing(step, name)
    return StepInterfaceError(
        f"Step `{step}` is missing its input `{name}`.",
        remedy="Pass an output of another step.",
        code="ZC147",
    )


def _may_be_plain(step: str, name: str, hint: Any) -> bool:
    try:
        _adapter(step, name, hint).json_schema()
    except PydanticInvalidForJsonSchema:
        return False
    return True


def _missing(step: str, name: str, declared: Place | None = None) -> MissingStepParameterError:
    return MissingStepParameterError(
        f"Parameter `{name}` of step `{step}` has no value.",
        remedy=(
            "Set it in code (pass the config, or the argument, to the step), in the YAML config "
            f"(steps: <step name>: parameters: {name}: …), or as a default of the field."
        ),
        related=_declared(name, declared),
        code="ZC150",
    )


def _argument(step: str, name: str, hint: Any, value: Any) -> Any:
    try:
        return _adapter(step, name, hint).validate_python(value)
    except ValidationError as error:
        if not _may_be_plain(step, name, hint):
            raise _no_output(step, name, hint, value) from None
        message = error.errors()[0]["msg"]
        raise StepInterfaceError(
            f"Parameter `{name}` of step `{step}` is {shown(value)}: {message}.",
            remedy="Change the value where it is set, or the argument's annotation.",
            code="ZC152",
        ) from None


def _plain_argument(step: str, name: str, hint: Any, value: Any) -> Any:
    adapter = _adapter(step, name, hint)
    checked = _argument(step, name, hint, value)
    try:
        plain = adapter.dump_python(checked, mode="json", by_alias=True, round_trip=True)
    except PydanticSerializationError:
        raise _no_output(step, name, hint, value) from None
    live = adapter.dump_python(checked, by_alias=True, round_trip=True)
    return _settled(step, name, live, plain)


def _no_output(step: str, name: str, hint: Any, value: Any) -> StepInterfaceError:
    return StepInterfaceError(
        f"Input `{name}` of step `{step}` takes a {describe(hint)} and was given a "
        f"{type_of(value)}, which is no output of a step and no plain value that JSON can hold.",
        remedy="Let a step produce the value, and pass that step's output.",
        code="ZC146",
    )


def _adapter(step: str, name: str, hint: Any) -> TypeAdapter[Any]:
    config = None if isinstance(hint, type) and issubclass(hint, BaseModel) else _PLAIN
    try:
        adapter = TypeAdapter(hint, config=config)
        _ = adapter.validator.title  # a model that is not fully defined says so here
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        raise StepInterfaceError(
            f"Argument `{name}` of step `{step}` cannot be a parameter: {_first_line(error)}",
            remedy="Annotate it with a plain type or a pydantic model, or pass an artifact.",
            code="ZC153",
        ) from None
    return adapter


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _settled(step: str, name: str, live: Any, plain: Any) -> Any:
    """Plain data that is the same in every process: what came from a set is sorted.

    Raises:
        StepInterfaceError: if JSON cannot hold the value, or it is a secret, which is masked there.
    """
    try:
        json.dumps(plain, allow_nan=False)
        return _sorted_sets(live, plain)
    except (TypeError, ValueError) as error:
        raise _not_json(step, name, error) from error


def _sorted_sets(live: Any, plain: Any) -> Any:
    if isinstance(live, (SecretStr, SecretBytes)):
        raise ValueError("it is a secret")
    if isinstance(live, float) and not math.isfinite(live):
        raise ValueError(f"it is {live}")
    if isinstance(live, Mapping) and isinstance(plain, dict) and len(live) == len(plain):
        values = zip(live.values(), plain.values(), strict=True)
        return dict(zip(plain, (_sorted_sets(*pair) for pair in values), strict=True))
    if isinstance(live, Collection) and isinstance(plain, list) and len(live) == len(plain):
        items = [_sorted_sets(*pair) for pair in zip(live, plain, strict=True)]
        return sorted(items, key=json.dumps) if isinstance(live, (set, frozenset)) else items
    return plain


def _not_json(step: str, name: str, error: Exception) -> StepInterfaceError:
    return StepInterfaceError(
        f"Parameter `{name}` of step `{step}` has a value that JSON cannot hold: {error}.",
        remedy="Use a plain value, or let a step produce it and pass it as an artifact.",
        code="ZC154",
    )
