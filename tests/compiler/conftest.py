"""Small projects in folders of their own, each with a store of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import Project


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store for one test only."""
    monkeypatch.setenv("ZCOMPILE_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """An empty project, whose modules can be imported while the test runs."""
    made = Project(tmp_path / "project")
    monkeypatch.setenv("EXECUTED", str(made.notes))
    monkeypatch.syspath_prepend(str(made.folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield made
    made.forget()
