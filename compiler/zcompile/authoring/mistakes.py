"""What can be wrong with a step's parameters, as errors that say what and how to mend it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import Struct
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from zcompile.authoring.annotations import first_line, may_be_plain
from zcompile.authoring.places import field_place
from zcompile.authoring.roundtrip import LiteralSecretError, MisplacedSecretError, remedy_for
from zcompile.authoring.secrets import literal_secret, misplaced_secret, told
from zcompile.hints import describe, type_of
from zcompile.problems import listed, nearest
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import MissingStepParameterError, StepInterfaceError


class ParameterMistake(Struct, frozen=True):
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


def unknown(step: str, name: str, known: Collection[str]) -> ParameterMistake:
    """A name that is no parameter of the step."""
    return ParameterMistake(
        (name,),
        StepInterfaceError(
            f"Step `{step}` has no parameter `{name}`.",
            remedy=f"Its parameters are: {listed(known)}.",
            suggestion=nearest(name, known),
            code="ZC151",
        ),
    )


def no_model(step: str, model: type[BaseModel], error: Exception) -> StepInterfaceError:
    """A config class that pydantic cannot use."""
    return StepInterfaceError(
        f"Config `{model.__name__}` of step `{step}` cannot be used: {first_line(error)}",
        remedy="Import or define the types that its fields name, at the top of the module.",
        code="ZC153",
    )


def invalid(step: str, model: type[BaseModel], details: ErrorDetails) -> ParameterMistake:
    """A field whose value pydantic refuses, or that is missing."""
    path = tuple(map(str, details["loc"]))
    declared = field_place(model, path[0]) if path else None
    if details["type"] == "missing" and len(path) == 1:
        return ParameterMistake(path, missing(step, path[0], declared))
    return ParameterMistake(
        path,
        StepInterfaceError(
            f"Parameter `{'.'.join(path) or 'config'}` of step `{step}` is "
            f"{_told_input(model, path, details)}: {details['msg']}.",
            remedy="Change the value where it is set, or the field's type.",
            related=_declared(path[0], declared) if path else (),
            code="ZC152",
        ),
    )


def _declared(name: str, place: Place | None) -> tuple[Related, ...]:
    return (Related(f"`{name}` is declared here", place),) if place else ()


def missing_input(step: str, name: str, hint: Any) -> StepInterfaceError:
    """An argument that is given neither an artifact nor a value."""
    if may_be_plain(hint):
        return missing(step, name)
    return StepInterfaceError(
        f"Step `{step}` is missing its input `{name}`.",
        remedy="Pass an output of another step.",
        code="ZC147",
    )


def missing(step: str, name: str, declared: Place | None = None) -> MissingStepParameterError:
    """A parameter that is set nowhere and has no default."""
    return MissingStepParameterError(
        f"Parameter `{name}` of step `{step}` has no value.",
        remedy=(
            "Set it in code (pass the config, or the argument, to the step), in the YAML config "
            f"(steps: <step name>: parameters: {name}: …), or as a default of the field."
        ),
        related=_declared(name, declared),
        code="ZC150",
    )


def invalid_argument(step: str, name: str, hint: Any, details: ErrorDetails) -> StepInterfaceError:
    """A plain argument whose value pydantic refuses."""
    path = ".".join(map(str, (name, *details["loc"])))
    given = told(details["input"], hint)
    return StepInterfaceError(
        f"Parameter `{path}` of step `{step}` is {given}: {details['msg']}.",
        remedy="Change the value where it is set, or the argument's annotation.",
        code="ZC152",
    )


def no_output(step: str, name: str, hint: Any, value: Any) -> StepInterfaceError:
    """A value that is neither an output of a step nor plain data."""
    return StepInterfaceError(
        f"Input `{name}` of step `{step}` takes a {describe(hint)} and was given a "
        f"{type_of(value)}, which is no output of a step and no plain value that JSON can hold.",
        remedy="Let a step produce the value, and pass that step's output.",
        code="ZC146",
    )


def inexact(
    step: str, name: str, hint: Any, error: Exception, value: Any = None
) -> StepInterfaceError:
    """A value that JSON cannot hold, or a secret that is written out."""
    if isinstance(error, LiteralSecretError):
        return literal_secret(step, name)
    if isinstance(error, MisplacedSecretError):
        return misplaced_secret(step, name)
    what = f"Parameter `{name}`" if name else f"Config `{hint.__name__}`"
    given = f" is {told(value, hint)}, which JSON" if name else " has a value that JSON"
    return StepInterfaceError(
        f"{what} of step `{step}`{given} cannot hold exactly: {error}.",
        remedy=remedy_for(hint),
        code="ZC154",
    )


def _told_input(model: type[BaseModel], path: tuple[str, ...], details: ErrorDetails) -> str:
    field = model.model_fields.get(path[0]) if path else None
    return told(details["input"], field.annotation if field else model)
