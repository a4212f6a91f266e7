"""Parameters of a step: merged, validated by pydantic, and reduced to plain JSON data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic_core import PydanticSerializationError

from zcompile.authoring.annotations import adapter_of, annotation_of, may_be_plain, validated
from zcompile.authoring.mistakes import (
    ParameterMistake,
    inexact,
    invalid,
    invalid_argument,
    missing,
    missing_input,
    no_model,
    no_output,
    unknown,
)
from zcompile.authoring.places import field_place
from zcompile.authoring.roundtrip import (
    InexactError,
    check_revived,
    dumped,
    revived,
    settled,
)
from zcompile.authoring.secrets import (
    is_literal_secret,
    literal_secret,
    secret_default,
    takes_secret,
)
from zcompile.authoring.signature import StepSignature
from zcompile.authoring.templates import check_position, check_syntax
from zruntime.exceptions import StepInterfaceError, raise_all
from zruntime.templates import holds_template

_PLAIN_BITS: Final = 64
"""Size of numbers that JSON surely holds; Python refuses to write those of 4,300 digits."""


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
        templates: Whether Airflow templates, and what holds them, stay as they are, since their
            value is only known when a DAG run renders them.
    """
    if not parameters and not signature.config and signature.inputs.keys() <= {*wired}:
        return {}, []  # most steps take artifacts only
    known = _ordered(signature)
    mistakes = [unknown(step, name, known) for name in parameters if name not in known]
    values = {**signature.config_defaults, **signature.defaults}
    values.update((name, value) for name, value in parameters.items() if name in known)
    values = {name: value for name, value in values.items() if name not in wired}
    held = _held_templates(signature, values) if templates else {}
    checks = _Checks(step, signature, mistakes)
    given = {name: value for name, value in values.items() if name not in held}
    plain = {**checks.config(given, held), **checks.templates(held)}
    for name, hint in signature.inputs.items():
        if name not in wired and name not in held:
            with checks.noting(name):
                if name not in parameters and is_literal_secret(given.get(name), hint):
                    raise secret_default(step, name)
                plain[name] = _argument_parameter(step, name, hint, given)
    for name in [*plain] if templates else ():
        with checks.noting(name):
            check_syntax(step, name, plain[name])  # Texts inside of models are templates too.
    return {name: plain[name] for name in known if name in plain}, mistakes


def _held_templates(signature: StepSignature, values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are Airflow templates or hold some, defaults of fields included."""
    fields = signature.config[1].model_fields if signature.config else {}
    defaults = {name: field.default for name, field in fields.items()}
    return {name: value for name, value in {**defaults, **values}.items() if holds_template(value)}


def _argument_parameter(step: str, name: str, hint: Any, given: Mapping[str, Any]) -> Any:
    if name not in given:
        raise missing_input(step, name, hint)
    return plain_argument(step, name, hint, given[name])


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


class _Checks:
    """The checks of a step's parameters; what is wrong goes to the mistakes."""

    def __init__(
        self, step: str, signature: StepSignature, mistakes: list[ParameterMistake]
    ) -> None:
        self.step, self.signature, self.mistakes = step, signature, mistakes

    @contextmanager
    def noting(self, name: str) -> Iterator[None]:
        """A context in which a mistake of a parameter is noted, and ends there."""
        try:
            yield
        except StepInterfaceError as error:
            cause = error.__context__
            found = [*error.all()]
            inside = (
                [item["loc"] for item in cause.errors()]
                if isinstance(cause, ValidationError)
                else [()]
            )
            error.also = ()
            for each, path in zip(found, inside, strict=False):
                assert isinstance(each, StepInterfaceError)
                self.mistakes.append(ParameterMistake((name, *map(str, path)), each))

    def templates(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that hold templates, without those that could never be right."""
        plain: dict[str, Any] = {}
        fields = self.signature.config[1].model_fields if self.signature.config else {}
        for name, value in held.items():
            is_field = name in fields
            hint = annotation_of(fields[name]) if is_field else self.signature.inputs[name]
            with self.noting(name):
                if takes_secret(hint):
                    raise literal_secret(self.step, name)
                check_syntax(self.step, name, value)
                check_position(self.step, name, hint, value, adapter_of(self.step, name, hint))
                with _telling_inexact(self.step, name, value, hint):
                    plain[name] = settled(value, value)
        return plain

    def config(self, given: Mapping[str, Any], held: Collection[str]) -> dict[str, Any]:
        """The parameters that are fields of the step's config."""
        if not self.signature.config:
            return {}
        model = self.signature.config[1]
        fields = {name: given[name] for name in self.signature.config_fields if name in given}
        if any(name in held for name in self.signature.config_fields):
            return self._field_by_field(model, fields, held)
        try:
            config = model.model_validate(fields)
            unset = model.model_fields.keys() - config.model_fields_set
            if self._secret_defaults(model, config, unset):
                return {}
            if unset:  # pydantic does not validate defaults; where a step runs, they are values.
                fields |= {name: getattr(config, name) for name in unset}
                config = model.model_validate(fields)
            return self._round_trip(model, config)
        except ValidationError as error:
            self.mistakes += [invalid(self.step, model, item) for item in error.errors()]
        except (PydanticUserError, PydanticUndefinedAnnotation) as error:
            self.mistakes.append(ParameterMistake((), no_model(self.step, model, error)))
        except (PydanticSerializationError, InexactError) as error:
            self.mistakes.append(ParameterMistake((), inexact(self.step, "", model, error)))
        return {}

    def _secret_defaults(
        self, model: type[BaseModel], config: BaseModel, unset: Collection[str]
    ) -> bool:
        """Notes the secrets that the class itself holds; tells whether there are any."""
        found = [name for name in model.model_fields if name in unset]
        found = [
            name
            for name in found
            if is_literal_secret(getattr(config, name), model.model_fields[name].annotation)
        ]
        for name in found:
            error = secret_default(self.step, name).at(field_place(model, name))
            self.mistakes.append(ParameterMistake((name,), error))
        return bool(found)

    def _round_trip(self, model: type[BaseModel], config: BaseModel) -> dict[str, Any]:
        before = len(self.mistakes)
        plain = self._plain_fields(config)
        if len(self.mistakes) > before:
            return {}
        back, data = revived(plain, model.model_validate, self._plain_fields)
        for name, field in model.model_fields.items():
            value, hint = getattr(config, name), field.annotation
            with self.noting(name), _telling_inexact(self.step, name, value, hint):
                check_revived(value, getattr(back, name), hint)
        return dict(data)

    def _plain_fields(self, config: BaseModel) -> dict[str, Any]:
        """The fields as plain data, by their own names."""
        plain: dict[str, Any] = {}
        live, data = dumped(adapter_of(self.step, "config", type(config)), config)
        for name, field in type(config).model_fields.items():
            key = field.serialization_alias or field.alias or name
            value, hint = getattr(config, name), field.annotation
            with self.noting(name), _telling_inexact(self.step, name, value, hint):
                if key not in data:
                    raise InexactError("the field is excluded from its model's data")
                plain[name] = settled(live[key], data[key])
        return plain

    def _field_by_field(
        self, model: type[BaseModel], fields: Mapping[str, Any], held: Collection[str]
    ) -> dict[str, Any]:
        """Validates what is known where some fields are templates, and the whole is not."""
        plain: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            if name in held:
                continue
            if name not in fields and field.is_required():
                error = missing(self.step, name, field_place(model, name))
                self.mistakes.append(ParameterMistake((name,), error))
                continue
            value = fields[name] if name in fields else field.get_default(call_default_factory=True)
            with self.noting(name):
                plain[name] = plain_argument(self.step, name, annotation_of(field), value)
        return plain


def _validated(step: str, model: type[BaseModel], fields: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise_all(invalid(step, model, item).error for item in error.errors())
        raise


def _argument(step: str, name: str, hint: Any, value: Any) -> Any:
    try:
        return validated(step, name, hint, value)
    except ValidationError as error:
        if not may_be_plain(hint):
            raise no_output(step, name, hint, value) from None
        raise_all(invalid_argument(step, name, hint, item) for item in error.errors())
        raise


def plain_argument(step: str, name: str, hint: Any, value: Any) -> Any:
    """The plain data of an argument's value.

    Raises:
        StepInterfaceError: if it does not fit the annotation, or JSON cannot hold it exactly.
    """
    if type(value) is hint and hint in (bool, int) and value.bit_length() <= _PLAIN_BITS:
        return value  # as what follows would leave it
    adapter = adapter_of(step, name, hint)
    checked = _argument(step, name, hint, value)
    try:
        live, plain = dumped(adapter, checked)
    except PydanticSerializationError:
        raise no_output(step, name, hint, value) from None
    with _telling_inexact(step, name, value, hint):
        try:
            back, plain = revived(
                settled(live, plain),
                adapter.validate_python,
                lambda revived_value: settled(*dumped(adapter, revived_value)),
            )
        except ValidationError as error:
            message = error.errors()[0]["msg"]
            raise InexactError(f"from JSON it cannot be read back: {message}") from error
        check_revived(checked, back, hint)
    return plain


@contextmanager
def _telling_inexact(step: str, name: str, value: Any, hint: Any = None) -> Iterator[None]:
    """A context whose InexactError becomes a mistake of a parameter."""
    try:
        yield
    except InexactError as error:
        raise inexact(step, name, hint, error, value) from error
