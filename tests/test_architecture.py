"""The walls between the packages, read off the syntax of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUNTIME = ROOT / "runtime" / "zruntime"
DAGS = [*(ROOT / "dags").glob("*.py"), *(ROOT / "tests" / "golden").glob("*/expected.py")]


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def tops(file: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(file)}


def modules(folder: Path) -> list[Path]:
    found = [file for file in folder.rglob("*.py") if "node_modules" not in file.parts]
    assert found
    return found


def test_the_runtime_does_not_know_the_compiler() -> None:
    assert [f for f in modules(RUNTIME) if {"zcompile", "ztemplates"} & tops(f)] == []


def test_only_its_airflow_package_imports_airflow() -> None:
    outside = [f for f in modules(RUNTIME) if RUNTIME / "airflow" not in f.parents]
    outside += [*modules(ROOT / "compiler"), *modules(ROOT / "templates")]
    assert [file for file in outside if "airflow" in tops(file)] == []


@pytest.mark.parametrize("file", DAGS, ids=lambda file: file.parent.name + "/" + file.name)
def test_a_generated_dag_imports_only_airflow_and_the_runtime(file: Path) -> None:
    needed = {"airflow.sdk", "zruntime.airflow"}
    allowed = {*needed, "datetime", "zoneinfo", "zruntime.airflow.timetables"}
    assert needed <= set(imports(file)) <= allowed
