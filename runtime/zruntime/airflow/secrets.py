"""Secrets that Airflow keeps: its variables and connections."""

from __future__ import annotations

import sys
from typing import Any

from zruntime.secrets import (
    CONNECTION,
    ENVIRONMENT,
    EnvironmentSecrets,
    SecretReference,
    missing,
)


class AirflowSecrets(EnvironmentSecrets):
    """Secrets of a task: environment variables, and Airflow's variables and connections."""

    def resolve(self, reference: SecretReference) -> str:
        """The value of a secret, which Airflow masks in its logs and events from now on.

        Raises:
            SecretError: if it is not there.
        """
        from airflow.sdk.log import mask_secret

        if reference.kind == ENVIRONMENT:
            value = super().resolve(reference)
        elif reference.kind == CONNECTION:
            value = _of_connection(reference)
        else:
            value = _of_variable(reference)
        mask_secret(value)
        if "airflow.providers.openlineage.plugins.listener" in sys.modules:
            from zruntime.airflow.openlineage import mask_secrets

            mask_secrets()
        return value


def _of_variable(reference: SecretReference) -> str:
    from airflow.sdk import Variable
    from airflow.sdk.exceptions import AirflowRuntimeError

    try:
        return str(Variable.get(reference.name))
    except (AirflowRuntimeError, KeyError) as error:
        raise missing(reference, f"Airflow has no variable `{reference.name}`") from error


def _of_connection(reference: SecretReference) -> str:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowRuntimeError

    from zruntime.airflow.exceptions import AirflowException

    try:
        connection = Connection.get(reference.name)
    except (AirflowException, AirflowRuntimeError) as error:
        raise missing(reference, f"Airflow has no connection `{reference.name}`") from error
    value = _part(connection, reference.part or "password")
    if value is None:
        part = reference.part or "password"
        raise missing(reference, f"connection `{reference.name}` has no {part}")
    return str(value)


def _part(connection: Any, part: str) -> Any:
    if part == "uri":
        return connection.get_uri()
    if part.startswith("extra."):
        return connection.extra_dejson.get(part.removeprefix("extra."))
    return getattr(connection, part)
