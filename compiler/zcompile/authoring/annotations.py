"""pydantic's view of an annotation: what validates a parameter, and dumps it."""

from __future__ import annotations

from functools import lru_cache
from operator import getitem
from typing import Annotated, Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.errors import (
    PydanticInvalidForJsonSchema,
    PydanticUndefinedAnnotation,
    PydanticUserError,
)
from pydantic.fields import FieldInfo

from zcompile.authoring.filepaths import late_validator
from zcompile.hints import known
from zruntime.exceptions import StepInterfaceError

_PLAIN = ConfigDict(arbitrary_types_allowed=True)
_LEFT_ALONE = (bool, int, float)
"""Types whose instances pydantic returns as they are; making it ready for one takes 0.2 ms."""


def adapter_of(step: str, name: str, hint: Any) -> TypeAdapter[Any]:
    """What validates an argument of a step; what cannot be resolved takes anything.

    Raises:
        StepInterfaceError: if pydantic does not know what to do with the annotation.
    """
    try:
        return _adapter(hint)
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        raise StepInterfaceError(
            f"Argument `{name}` of step `{step}` cannot be a parameter: {first_line(error)}",
            remedy="Annotate it with a plain type or a pydantic model, or pass an artifact.",
            code="ZC153",
        ) from None


def validated(step: str, name: str, hint: Any, value: Any) -> Any:
    """An argument of a step as its annotation has it.

    Raises:
        StepInterfaceError: if pydantic does not know what to do with the annotation.
        ValidationError: if the value does not fit it.
    """
    if type(value) is hint and hint in _LEFT_ALONE:
        return value
    return adapter_of(step, name, hint).validate_python(value)


def may_be_plain(hint: Any) -> bool:
    """Whether values of an annotation can come from JSON."""
    try:
        _adapter(hint).json_schema()
    except (PydanticInvalidForJsonSchema, PydanticUserError, PydanticUndefinedAnnotation):
        return False
    return True


def first_line(error: Exception) -> str:
    """An error's message without pydantic's advice."""
    return str(error).partition("\n")[0]


def annotation_of(field: FieldInfo) -> Any:
    """A field's annotation with its constraints, without its default."""
    return getitem(Annotated, (field.annotation, *field.metadata, None))


def _adapter(hint: Any) -> TypeAdapter[Any]:
    try:
        return _cached(hint, repr(hint))
    except TypeError:  # metadata that has no hash
        return _made(hint)


@lru_cache(maxsize=512)
def _cached(hint: Any, _: str) -> TypeAdapter[Any]:
    # Unions of one order equal those of another, in which pydantic may choose another option.
    return _made(hint)


def _made(hint: Any) -> TypeAdapter[Any]:
    hint = known(hint)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint, config=_PLAIN)
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":
            raise
        adapter = TypeAdapter(hint)  # Models have a config of their own.
    _ = adapter.validator.title  # A model that is not fully defined says so here.
    adapter.validator = late_validator(adapter.core_schema) or adapter.validator
    return adapter
