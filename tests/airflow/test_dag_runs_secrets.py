"""Secrets that Airflow keeps, read as its tasks read them."""

from __future__ import annotations

import pytest

from zcompile.exceptions import SecretError
from zruntime.airflow.secrets import AirflowSecrets
from zruntime.secrets import parse_address

URI = "postgres://me:p%40ss@host:5432/table?token=abc"


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DB", URI)
    monkeypatch.setenv("AIRFLOW_CONN_EMPTY", "postgres://host")
    monkeypatch.setenv("AIRFLOW_VAR_A_KEY", "of a variable")
    monkeypatch.setenv("A_NAME", "of the environment")


def value(address: str) -> str:
    reference = parse_address(address)
    assert reference is not None
    return AirflowSecrets().resolve(reference)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("env:A_NAME", "of the environment"),
        ("variable:a_key", "of a variable"),
        ("connection:db", "p@ss"),
        ("connection:db:password", "p@ss"),
        ("connection:db:login", "me"),
        ("connection:db:host", "host"),
        ("connection:db:schema", "table"),
        ("connection:db:extra.token", "abc"),
    ],
)
def test_the_value_of_a_secret(address: str, expected: str) -> None:
    assert value(address) == expected


def test_the_uri_of_a_connection() -> None:
    assert value("connection:db:uri").startswith("postgres://me:p%40ss@host:5432/table")


@pytest.mark.parametrize(
    "address",
    ["env:NOT_SET_AT_ALL", "variable:none", "connection:none", "connection:empty"],
)
def test_a_secret_that_is_not_there(address: str) -> None:
    with pytest.raises(SecretError, match="is not there"):
        value(address)
