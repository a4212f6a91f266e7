"""The code bundle: which modules it holds, and what its name depends on."""

from __future__ import annotations

import json
from pathlib import Path

from compiling import PIPELINE, write_files

from zcompile.compiling import compile_source
from zcompile.program import Source
from zruntime.bundle import CodeBundle


def bundle(folder: Path, files: dict[str, str]) -> tuple[str, dict[str, bytes]]:
    write_files(folder, files)
    files_of = compile_source(Source(folder / "pipeline.py")).files
    found = {path: text for path, text in files_of.items() if path.startswith("bundles/")}
    (name,) = {path.split("/")[1] for path in found}
    return name, {path.split("/", 2)[2]: text for path, text in found.items()}


def test_it_holds_what_is_reached_and_nothing_else(tmp_path: Path) -> None:
    files = {
        "pipeline.py": f"import numpy, json, used.deep as deep\n{PIPELINE}",
        "used/deep.py": "try:\n    import nowhere\nexcept ImportError:\n    from . import side\n",
        "used/side.py": "",
        "used/unused.py": "",
    }
    _, held = bundle(tmp_path, files)
    assert set(held) == {"pipeline.py", "used/deep.py", "used/side.py", "manifest.json"}
    assert json.loads(held["manifest.json"])["modules"] == ["pipeline", "used.deep", "used.side"]


def test_its_name_depends_on_what_it_holds_only(tmp_path: Path) -> None:
    first, _ = bundle(tmp_path / "a", {"pipeline.py": PIPELINE})
    same, _ = bundle(tmp_path / "b", {"pipeline.py": PIPELINE, "other.py": "x = 1\n"})
    other, _ = bundle(tmp_path / "c", {"pipeline.py": PIPELINE + "# a comment\n"})
    assert first == same != other
    assert first.startswith("simple-")


def test_the_runtime_reads_it(tmp_path: Path) -> None:
    write_files(tmp_path, {"pipeline.py": PIPELINE})
    name, held = bundle(tmp_path, {})
    for path, content in held.items():
        (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name / path).write_bytes(content)
    code = CodeBundle(tmp_path / name).code_info("make")
    assert set(code.parts) == {"function `make` in pipeline.py"}
