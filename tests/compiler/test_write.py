"""Writing: whole files or none, nobody else's files, and nothing left behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from compiling import PIPELINE, write_files

from zcompile.compiling import compile_source, stale_files, write
from zcompile.exceptions import CompileError
from zcompile.program import Source

TWO = PIPELINE + "\n@pipeline\ndef zweite():\n    make()\n"


def compile_to(output: Path, text: str = PIPELINE, name: str = "project") -> Source:
    write_files(output.parent / name, {"pipeline.py": text})
    return Source(output.parent / name / "pipeline.py", output=output)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "dags"


def test_what_is_written_is_not_stale(output: Path) -> None:
    program = compile_source(compile_to(output))
    assert output / "simple.py" in stale_files(program)
    assert write(program).dags == (output / "simple.py",)
    assert stale_files(program) == ()
    assert set(tree(output)) == {*program.files, ".airflowignore"}
    (output / "simple.py").write_bytes((output / "simple.py").read_bytes() + b"\n")
    assert stale_files(program) == (output / "simple.py",)


def test_nothing_is_rewritten_that_has_not_changed(output: Path) -> None:
    source = compile_to(output)
    write(compile_source(source))
    before = {file: file.stat().st_ino for file in output.rglob("*")}
    write(compile_source(source))
    assert {file: file.stat().st_ino for file in output.rglob("*")} == before


def test_a_write_that_fails_leaves_the_old_files(output: Path) -> None:
    write(compile_source(compile_to(output, TWO)))
    (output / "zweite.py").unlink()
    (output / "zweite.py").mkdir()
    before = tree(output)
    with pytest.raises(CompileError, match=r"zweite\.py"):
        write(compile_source(compile_to(output, TWO.replace("return 1", "return 2"))))
    after = tree(output)
    assert {path: after[path] for path in before} == before


def test_a_file_in_place_of_the_output_folder(output: Path) -> None:
    output.write_text("mine")
    with pytest.raises(CompileError) as caught:
        write(compile_source(compile_to(output)))
    assert str(output) in caught.value.message
    assert "-o" in caught.value.remedy
    assert output.read_text() == "mine"


def test_a_file_in_place_of_the_bundles(output: Path) -> None:
    output.mkdir()
    (output / "bundles").write_text("mine")
    with pytest.raises(CompileError, match="cannot be written"):
        write(compile_source(compile_to(output)))
    assert tree(output) == {"bundles": b"mine"}


def test_a_dag_of_someone_else_is_not_overwritten(output: Path) -> None:
    output.mkdir()
    (output / "simple.py").write_text("from airflow.sdk import DAG\n")
    with pytest.raises(CompileError, match="not written by zcompile"):
        write(compile_source(compile_to(output)))
    assert tree(output) == {"simple.py": b"from airflow.sdk import DAG\n"}


def bundles(output: Path) -> set[str]:
    return {folder.name.rpartition("-")[0] for folder in (output / "bundles").iterdir()}


def test_only_bundles_that_no_dag_uses_are_removed(output: Path) -> None:
    other = PIPELINE.replace("simple", "other")
    write(compile_source(compile_to(output, other, "elsewhere")))
    write(compile_source(compile_to(output)))
    (first,) = (output / "bundles").glob("simple-*")
    mine = output / "bundles" / "mine"
    mine.mkdir()
    (output / "latin.py").write_bytes("# Zürich\n".encode("latin-1"))
    changed = PIPELINE.replace("return 1", "return 2")
    write(compile_source(compile_to(output, changed)), grace=0)
    assert not first.exists()
    assert mine.exists()
    assert bundles(output) - {""} == {"simple", "other"}


def test_a_bundle_stays_for_the_runs_that_began_with_it(output: Path) -> None:
    write(compile_source(compile_to(output)))
    (first,) = (output / "bundles").glob("simple-*")
    long_ago = time.time() - 30 * 86400
    os.utime(first, (long_ago, long_ago))
    changed = compile_source(compile_to(output, PIPELINE.replace("return 1", "return 2")))
    for _ in range(2):
        assert write(changed).removed == ()
        assert (first / "pipeline.py").exists()
    os.utime(first, (long_ago, long_ago))
    assert write(changed).removed == (first,)


def test_a_bundle_whose_pipeline_has_an_odd_name_stays(output: Path) -> None:
    text = PIPELINE.replace("@pipeline", "@pipeline(name='my / pipeline ' + 'x' * 300)")
    source = compile_to(output, text)
    config = output.parent / "config.yaml"
    config.write_text("dag: {dag_id: fine}\n")
    program = compile_source(Source(source.file, (config,), output))
    assert write(program).dags == (output / "fine.py",)
    assert stale_files(program) == ()


def test_a_damaged_bundle_is_written_anew(output: Path) -> None:
    program = compile_source(compile_to(output))
    write(program)
    (copy,) = output.glob("bundles/*/pipeline.py")
    copy.write_text("broken")
    assert stale_files(program) == (copy,)
    write(program)
    assert stale_files(program) == ()
    assert bundles(output) == {"simple"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "bundles/\n"),
        ("mine/", "mine/\nbundles/\n"),
        ("# Zürich\nmine/\n", "# Zürich\nmine/\nbundles/\n"),
        ("bundles/\nmine/\n", "bundles/\nmine/\n"),
    ],
)
def test_the_users_lines_of_airflowignore_stay(
    before: str | None, after: str, output: Path
) -> None:
    output.mkdir()
    if before is not None:
        (output / ".airflowignore").write_bytes(before.encode("latin-1"))
    write(compile_source(compile_to(output)))
    assert (output / ".airflowignore").read_bytes() == after.encode("latin-1")
