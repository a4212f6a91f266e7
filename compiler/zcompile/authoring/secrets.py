"""Secrets as parameters: fields of type SecretStr and SecretBytes take references only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr

from zcompile.authoring.places import calling_place
from zcompile.problems import shown
from zruntime.exceptions import StepInterfaceError
from zruntime.loading import report
from zruntime.secrets import address_in, parse_address, reference_text

LITERAL, MISPLACED = "ZC350", "ZC351"
SECRET_CODES = (LITERAL, MISPLACED)
"""Codes of mistakes with secrets, wherever they are given."""

FORMS = "`env:NAME`, `variable:KEY`, `connection:ID` and `connection:ID:PART`"


def secret(address: str) -> Any:
    """A reference to a secret, for a field or argument of type SecretStr or SecretBytes.

    The value is read where the step runs; keys, DAG files, records and logs hold the reference.

    Args:
        address: Where the secret is: `env:NAME` for an environment variable, `variable:KEY` for a
            variable of Airflow, `connection:ID` for the password of a connection of Airflow, and
            `connection:ID:PART` for its `login`, `host`, `schema`, `uri` or `extra.KEY`.

    Raises:
        StepInterfaceError: if it is no such address.
    """
    if parse_address(address) is None:
        report(
            [
                StepInterfaceError(
                    f"{shown(address)} is no address of a secret.",
                    remedy=f"There are {FORMS}.",
                    place=calling_place(),
                    code="ZC351",
                )
            ]
        )
    return reference_text(address)


def is_literal(value: SecretStr | SecretBytes) -> bool:
    """Whether a secret is a value itself, and no reference to one."""
    address = address_in(value.get_secret_value())
    return address is None or parse_address(address) is None


def holds_literal(value: Any) -> bool:
    """Whether a value is a secret itself, or holds one, where there should be a reference."""
    if isinstance(value, (SecretStr, SecretBytes)):
        return is_literal(value)
    if isinstance(value, BaseModel):
        return any(holds_literal(getattr(value, name)) for name in type(value).model_fields)
    if is_dataclass(value) and not isinstance(value, type):
        return any(holds_literal(getattr(value, item.name)) for item in fields(value))
    if isinstance(value, Mapping):
        return any(map(holds_literal, value.values()))
    return isinstance(value, (list, tuple, set, frozenset)) and any(map(holds_literal, value))


def takes_secret(hint: Any, seen: frozenset[Any] = frozenset()) -> bool:
    """Whether a secret is an annotation's type, or a part of it."""
    if isinstance(hint, type):
        if issubclass(hint, (SecretStr, SecretBytes)):
            return True
        if hint in seen:
            return False
        if issubclass(hint, BaseModel):
            inner = [field.annotation for field in hint.model_fields.values()]
            return any(takes_secret(item, seen | {hint}) for item in inner)
    return any(takes_secret(item, seen) for item in get_args(hint))


def told(value: Any, hint: Any) -> str:
    """A value for a message, masked where it may be a secret."""
    return "a value that is not shown" if takes_secret(hint) else shown(value)


def is_literal_secret(default: Any, hint: Any) -> bool:
    """Whether a default is a secret itself; pydantic leaves that of a SecretStr as it is."""
    if isinstance(default, (str, bytes)) and takes_secret(hint):
        return address_in(default) is None
    return holds_literal(default)


_BY_REFERENCE = (
    'Refer to it: `zcompile.secret("env:NAME")` in code, `${secret:env:NAME}` in YAML. '
    f"There are {FORMS}."
)


def literal_secret(step: str, name: str) -> StepInterfaceError:
    """The error of a secret that is given itself."""
    return StepInterfaceError(
        f"Parameter `{name}` of step `{step}` is a secret, readable for all in the DAG file.",
        remedy=_BY_REFERENCE,
        code="ZC350",
    )


def misplaced_secret(step: str, name: str) -> StepInterfaceError:
    """The error of a reference where its value would be no secret any more."""
    return StepInterfaceError(
        f"Parameter `{name}` of step `{step}` refers to a secret, and its type is not that of one.",
        remedy="Annotate it with pydantic's `SecretStr` or `SecretBytes`.",
        code="ZC351",
    )


def secret_default(step: str, name: str) -> StepInterfaceError:
    """The error of a secret that a class holds as its default."""
    return StepInterfaceError(
        f"Parameter `{name}` of step `{step}` has a secret as its default.",
        remedy=_BY_REFERENCE,
        code="ZC352",
    )
