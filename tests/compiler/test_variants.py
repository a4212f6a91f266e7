"""Variants: one pipeline with several configs, each one a DAG of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiling import PIPELINE, write_files

from zcompile.compiling import compile_source
from zcompile.program import Program, Source
from zruntime.diagnostics import Place


def compiled(folder: Path, *configs: str, source: str = PIPELINE, **files: str) -> Program:
    """A pipeline with configs, whose texts are given by their stems."""
    texts = {f"{stem.replace('__', '/')}.yaml": text for stem, text in files.items()}
    write_files(folder, {"pipeline.py": source, **texts})
    return compile_source(
        Source(folder / "pipeline.py", tuple(folder / f"{name}.yaml" for name in configs))
    )


def test_each_config_is_a_dag(tmp_path: Path) -> None:
    program = compiled(
        tmp_path,
        "base",
        "dev",
        "prod",
        base="dag: {tags: [a], owner: me}\nsteps: {make: {airflow: {pool: small}}}\n",
        dev="extends: base.yaml\ndag: {tags: [dev]}\n",
        prod="extends: base.yaml\ndag: {dag_id: live, schedule: '@daily'}\n",
    )
    assert not program.errors
    ids = [variant.dag_id for variant in program.variants]
    assert ids == ["simple", "simple_dev", "live"]
    assert {f"{name}.py" for name in ids} <= {*program.files}
    texts = {name: program.files[f"{name}.py"].decode() for name in ids}
    assert all('pool="small"' in text and '"owner": "me"' in text for text in texts.values())
    assert 'tags=["dev"]' in texts["simple_dev"]
    assert 'schedule="@daily"' in texts["live"]
    assert "schedule=None" in texts["simple"]


def test_variants_share_their_code(tmp_path: Path) -> None:
    program = compiled(tmp_path, "one", "two", one="dag: {}\n", two="dag: {}\n")
    bundles = {path.split("/")[1] for path in program.files if path.startswith("bundles/")}
    assert len(bundles) == 1


def test_a_name_of_a_file_becomes_part_of_an_id(tmp_path: Path) -> None:
    (tmp_path / "für Kunden (2).yaml").write_text("dag: {}\n")
    program = compiled(tmp_path, "one", "für Kunden (2)", one="dag: {}\n")
    assert not program.errors
    assert [variant.dag_id for variant in program.variants] == ["simple", "simple_f_r_Kunden__2_"]


CLASHES = {
    "the same id": (
        ("one", "two"),
        {"one": "dag: {dag_id: a}\n", "two": "\ndag: {dag_id: A}\n"},
        (("two.yaml", 2, 15), ("one.yaml", 1, 15)),
    ),
    "the same id from a base": (
        ("one", "two"),
        {"base": "dag: {dag_id: a}\n", "one": "extends: base.yaml\n", "two": "dag: {dag_id: a}\n"},
        (("two.yaml", 1, 15), ("base.yaml", 1, 15)),
    ),
    "files of one name": (
        ("one", "a/conf", "b/conf"),
        {"one": "dag: {}\n", "a__conf": "dag: {}\n", "b__conf": "enable_cache: true\n"},
        (("conf.yaml", 1, 1), ("conf.yaml", 1, 1)),
    ),
}


@pytest.mark.parametrize("name", CLASHES)
def test_two_configs_that_would_be_one_dag(name: str, tmp_path: Path) -> None:
    configs, files, places = CLASHES[name]
    program = compiled(tmp_path, *configs, **files)
    (error,) = program.diagnostics
    assert error.code == "ZC221"
    found = [error.place, *(item.place for item in error.related)]
    assert [(Path(p.file).name, p.line, p.column) for p in found if isinstance(p, Place)] == [
        *places
    ]
    assert "dag_id" in error.remedy


def test_two_pipelines_with_one_config_that_names_the_dag(tmp_path: Path) -> None:
    source = PIPELINE + "\n\n@pipeline\ndef other():\n    make()\n"
    program = compiled(tmp_path, "one", source=source, one="dag: {dag_id: a}\n")
    (error,) = program.diagnostics
    assert error.place is not None
    assert [error.place.file, error.related[0].place.file] == [str(tmp_path / "pipeline.py")] * 2
    assert error.place.line != error.related[0].place.line
