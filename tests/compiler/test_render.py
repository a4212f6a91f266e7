"""The text of a DAG file, where the golden cases leave something open."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiling import PIPELINE, write_files, zcompile_process

from zcompile.compiling import compile_source
from zcompile.program import Source


def dag_file(folder: Path, text: str) -> str:
    write_files(folder, {"pipeline.py": text})
    return compile_source(Source(folder / "pipeline.py")).files["simple.py"].decode()


def test_a_docstring_is_not_taken_for_a_files_name(tmp_path: Path) -> None:
    """Airflow opens the file that a `doc_md` ending in `.md` names."""
    text = PIPELINE.replace("def simple():", 'def simple():\n    """See README.md"""')
    assert 'doc_md="See README.md\\n"' in dag_file(tmp_path, text)


def test_a_long_header_keeps_its_lines_apart(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": ""})
    folder = tmp_path / "a\nimport os"
    folder.mkdir()
    (folder / "pipeline.py").write_text(PIPELINE)
    program = compile_source(Source(folder / "pipeline.py"))
    header = program.files["simple.py"].decode().split("\n\n")[0]
    assert all(line.startswith("# ") for line in header.splitlines())
    assert r"'a\nimport os/pipeline.py'" in header


def test_a_comment_changes_the_bundle_and_not_the_steps(tmp_path: Path) -> None:
    before = dag_file(tmp_path, PIPELINE).splitlines()
    after = dag_file(tmp_path, PIPELINE + "# later\n").splitlines()
    changed = [line for line, other in zip(after, before, strict=True) if line != other]
    assert [line.split("-")[0].strip() for line in changed[1:]] == ['bundle="bundles/simple']
    assert changed[0].startswith("# Digest: ")


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_a_set_has_one_order(seed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PIPELINE.replace("def make()", "def make(names: set[str] = {'a', 'b', 'c', 'd'})")
    write_files(tmp_path, {"pipeline.py": text})
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    assert zcompile_process("pipeline.py", cwd=tmp_path).code == 0
    assert '{"names": ["a", "b", "c", "d"]}' in (tmp_path / "dags/simple.py").read_text()
