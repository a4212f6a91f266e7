"""References to secrets, which take the place of their values until a step runs.

A reference is a text of its own, so that it can stand in a config, a DAG file, a key and a record:
`${secret:env:NAME}`, `${secret:variable:KEY}`, `${secret:connection:ID}` or
`${secret:connection:ID:PART}`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from zruntime.exceptions import SecretError

ENVIRONMENT, VARIABLE, CONNECTION = "env", "variable", "connection"
PARTS = ("password", "login", "host", "schema", "uri")
"""What a connection holds, beside `extra.KEY`; the password is meant where none is named."""

_PATTERNS = {
    ENVIRONMENT: re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<part>)"),
    VARIABLE: re.compile(r"(?P<name>[^:{}\s]+)(?P<part>)"),
    CONNECTION: re.compile(
        rf"(?P<name>[^:{{}}\s]+)(?::(?P<part>{'|'.join(PARTS)}|extra\.[^:{{}}\s]+))?"
    ),
}
_SHORTEST = 5
_seen: set[str] = set()
_OPENING, _CLOSING = "${secret:", "}"


class SecretReference(Struct, frozen=True):
    """Where a secret is kept.

    Attributes:
        kind: "env", "variable" or "connection".
        name: Name of the environment variable, key of the Airflow variable, or connection's id.
        part: Which part of a connection is meant.
    """

    kind: str
    name: str
    part: str = ""

    def __str__(self) -> str:
        return ":".join(filter(None, (self.kind, self.name, self.part)))


class SecretResolver(Protocol):
    """Where the values of secrets come from."""

    def resolve(self, reference: SecretReference) -> str:
        """The value of a secret.

        Raises:
            SecretError: if it is not there.
        """


def parse_address(address: str) -> SecretReference | None:
    """The reference that an address such as `env:NAME` stands for; None if it is wrong."""
    kind, _, rest = address.partition(":")
    pattern = _PATTERNS.get(kind)
    found = pattern.fullmatch(rest) if pattern else None
    return SecretReference(kind, found["name"], found["part"] or "") if found else None


def reference_text(address: str) -> str:
    """The text that stands for a secret in configs and parameters."""
    return f"{_OPENING}{address}{_CLOSING}"


def address_in(value: Any) -> str | None:
    """The address in a text that is meant for a reference, be it right or wrong."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    is_text = isinstance(value, str) and value.startswith(_OPENING) and value.endswith(_CLOSING)
    return value[len(_OPENING) : -len(_CLOSING)] if is_text else None


def holds_reference(value: Any) -> bool:
    """Whether a plain value is a reference to a secret, or holds one."""
    if isinstance(value, Mapping):
        return any(map(holds_reference, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(holds_reference, value))
    return address_in(value) is not None


def resolved(value: Any, secrets: SecretResolver) -> Any:
    """Plain data with the secrets in place of the references to them.

    Raises:
        SecretError: if one is not there.
    """
    if isinstance(value, Mapping):
        return {key: resolved(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(item, secrets) for item in value]
    address = address_in(value)
    reference = parse_address(address) if address is not None else None
    if reference is None:
        return value
    found = secrets.resolve(reference)
    _seen.add(found)
    return found


def redacted(text: str) -> str:
    """A text without the secrets that this process has resolved so far.

    Those of fewer than five characters stay, as in Airflow's logs: they stand in any text.
    """
    for value in sorted(_seen, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            for written in (value, repr(value)[1:-1]):
                text = text.replace(written, "***")
    return text


class EnvironmentSecrets:
    """Secrets of this process's environment variables."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ

    def resolve(self, reference: SecretReference) -> str:
        """The value of an environment variable.

        Raises:
            SecretError: if it is not set, or the secret is one of Airflow's.
        """
        if reference.kind != ENVIRONMENT:
            raise SecretError(
                f"The secret `{reference}` is kept by Airflow, and this is no task of it.",
                remedy="Run the DAG in Airflow, or refer to an environment variable: `env:NAME`.",
                code="ZC353",
            )
        if reference.name not in self._environ:
            raise missing(reference, f"the environment variable `{reference.name}` is not set")
        return self._environ[reference.name]


def missing(reference: SecretReference, why: str) -> SecretError:
    """The error of a secret that is not where its reference says."""
    return SecretError(
        f"The secret `{reference}` is not there: {why}.",
        remedy="Set it where the step runs, or change the reference.",
        code="ZC353",
    )
