"""Whatever it is given, the command tells a diagnostic and never a traceback of its own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from compiling import PIPELINE, STEPS, Result, write_files, zcompile, zcompile_process
from hostile import FUNCTIONS, MODULES, PROCESSES, VALUES

OURS = ("compiler/zcompile/", "runtime/zruntime/", "error ZC999", "site-packages/click")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    write_files(Path(), {})
    return tmp_path / "project"


def checked(result: Result) -> Result:
    """A result that is no defect of ours: fine, a diagnostic, or wrong usage."""
    assert result.code in (0, 1, 2)
    assert not [word for word in OURS if word in result.out + result.err], result.err
    assert result.code != 1 or "error ZC" in result.err
    return result


@pytest.mark.parametrize("name", [*VALUES, *FUNCTIONS, *MODULES])
def test_a_hostile_file(name: str) -> None:
    write_files(Path(), {"pipeline.py": {**VALUES, **FUNCTIONS, **MODULES}[name]})
    checked(zcompile("pipeline.py"))


@pytest.mark.parametrize("name", PROCESSES)
def test_a_file_that_changes_the_process(name: str, folder: Path) -> None:
    """Where Python itself does not work any more, one line says so."""
    write_files(folder, {"pipeline.py": PROCESSES[name]})
    result = zcompile_process("pipeline.py", cwd=folder)
    assert result.code in (0, 1, 3)
    assert not [word for word in OURS[:2] if word in result.err], result.err


def test_a_file_that_prints_leaves_the_document_alone(folder: Path) -> None:
    write_files(folder, {"pipeline.py": PROCESSES["prints"]})
    result = zcompile_process("pipeline.py", "--format", "json", cwd=folder)
    assert json.loads(result.out)["diagnostics"] == []
    for printed in ("a\n", "raw", "x", "sub\n"):
        assert printed in result.err


def test_a_file_that_goes_elsewhere_is_written_here(folder: Path) -> None:
    write_files(folder, {"pipeline.py": PROCESSES["another folder"]})
    assert checked(zcompile("pipeline.py")).code == 0
    assert (folder / "dags/simple.py").exists()


NOT_FILES = {
    "a folder": lambda file: file.mkdir(),
    "binary data": lambda file: file.write_bytes(bytes(range(256)) * 10),
    "a NUL byte": lambda file: file.write_bytes(b"x = 1\n\0\n"),
    "another encoding": lambda file: file.write_bytes(b"x: \xfc\n"),
    "UTF-16": lambda file: file.write_text("x: 1\n", encoding="utf-16"),
    "a link to nothing": lambda file: file.symlink_to("nothing"),
    "a link to itself": lambda file: file.symlink_to(file.name),
    "a device": lambda file: file.symlink_to("/dev/zero"),
    "a pipe": lambda file: os.mkfifo(file),
}


@pytest.mark.parametrize("name", NOT_FILES)
def test_what_is_no_pipeline_file(name: str, folder: Path) -> None:
    NOT_FILES[name](folder / "pipeline.py")
    assert checked(zcompile("pipeline.py")).code == 1


@pytest.mark.parametrize("name", NOT_FILES)
def test_what_is_no_config(name: str, folder: Path) -> None:
    write_files(folder, {"pipeline.py": PIPELINE})
    NOT_FILES[name](folder / "config.yaml")
    assert checked(zcompile("pipeline.py", "-c", "config.yaml")).code == 1


BLOCKED = {
    "a file for the output": lambda: Path("dags").touch(),
    "a folder for the DAG": lambda: Path("dags/simple.py").mkdir(parents=True),
    "a file for the bundles": lambda: (Path("dags").mkdir(), Path("dags/bundles").touch()),
    "a folder for the ignore file": lambda: Path("dags/.airflowignore").mkdir(parents=True),
    "a link to nowhere for the output": lambda: Path("dags").symlink_to("/proc/nowhere"),
}


@pytest.mark.parametrize("name", BLOCKED)
def test_an_output_that_is_in_the_way(name: str, folder: Path) -> None:
    write_files(folder, {"pipeline.py": PIPELINE})
    BLOCKED[name]()
    assert checked(zcompile("pipeline.py")).code == 1


@pytest.mark.parametrize("output", ["/proc/zcompile", "/dev/full", "x" * 300, "a/\udcff"])
def test_an_output_that_cannot_be(output: str, folder: Path) -> None:
    write_files(folder, {"pipeline.py": PIPELINE})
    checked(zcompile("pipeline.py", "-o", output))


@pytest.mark.parametrize(
    "name",
    ["my file.py", "größe.py", "a\nb.py", "a\udcff.py", "class.py", "json.py"],
)
@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_strange_name_of_a_file(name: str, form: str, folder: Path) -> None:
    write_files(folder, {name: "1 / 0\n", f"d {name}/pipeline.py": "1 / 0\n"})
    for file in (name, f"d {name}/pipeline.py"):
        result = zcompile(file, "--format", form)
        assert result.code == 1
        assert "ZC999" not in result.out + result.err
        if form == "json":
            assert json.loads(result.out)["diagnostics"]
        if form == "github":
            assert all(line.startswith("::error ") for line in result.out.splitlines())


@pytest.mark.parametrize("name", ["", "x" * 5000 + ".py", "[", "nowhere/*.py", "\udcff"])
def test_a_name_of_no_file(name: str) -> None:
    assert checked(zcompile(name)).code in (1, 2)


PACKAGES = {
    "a module of a package": {
        "pkg/__init__.py": "",
        "pkg/steps.py": STEPS,
        "pkg/pipeline.py": "from zcompile import pipeline\nfrom .steps import make\n@pipeline\n"
        "def simple():\n    make()\n",
    },
    "a package that raises": {"pkg/__init__.py": "1 / 0", "pkg/pipeline.py": PIPELINE},
    "too many dots": {"pkg/__init__.py": "", "pkg/pipeline.py": "from ... import steps\n"},
    "a package of no name": {"my-pkg/__init__.py": "", "my-pkg/pipeline.py": PIPELINE},
    "a circle": {
        "pkg/pipeline.py": f"import b\n{PIPELINE}",
        "pkg/b.py": "import c\n",
        "pkg/c.py": "from b import missing\n",
    },
    "a module named as ours": {"pkg/zcompile.py": "x = 1\n", "pkg/pipeline.py": PIPELINE},
    "a module named as Python's": {"pkg/typing.py": "x = 1\n", "pkg/pipeline.py": PIPELINE},
}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package(name: str, folder: Path) -> None:
    write_files(folder, PACKAGES[name])
    (file,) = (name for name in PACKAGES[name] if name.endswith("pipeline.py"))
    checked(zcompile(file))


def test_two_files_of_one_name(folder: Path) -> None:
    write_files(
        folder, {"a/pipeline.py": PIPELINE, "b/pipeline.py": PIPELINE.replace("simple", "other")}
    )
    assert checked(zcompile("a/pipeline.py", "b/pipeline.py")).code == 0


def test_a_working_folder_that_is_gone(folder: Path) -> None:
    code = f"import os, shutil\nshutil.rmtree({str(folder)!r})\n"
    result = zcompile_process("pipeline.py", cwd=folder, code=code)
    assert result.code == 2
    assert "The working folder does not exist any more." in result.err


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("state", ["close()", "__init__(open('/dev/full', 'wb', buffering=0))"])
def test_a_stream_that_takes_nothing(stream: str, state: str, folder: Path) -> None:
    write_files(folder, {"pipeline.py": PIPELINE + "\n1 / 0\n" * (stream == "stderr")})
    result = zcompile_process("pipeline.py", cwd=folder, code=f"import sys\nsys.{stream}.{state}")
    assert result.code in (0, 1)
    assert "Traceback" not in result.err


def test_a_stream_of_another_encoding(folder: Path) -> None:
    write_files(folder, {"pipeline.py": "raise ValueError('ü€ \\udcff')\n"})
    code = "import sys\nsys.stderr.reconfigure(encoding='ascii', errors='strict')"
    result = zcompile_process("pipeline.py", cwd=folder, code=code)
    assert result.code == 1
    assert "\\xfc\\u20ac \\udcff" in result.err


def test_python_without_columns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.10 knows the lines of code, and no columns."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    write_files(folder, {"pipeline.py": PIPELINE.replace("make())", "make(), vlaue=2)")})
    result = checked(zcompile("pipeline.py"))
    assert result.err.startswith("pipeline.py:14:")


def test_a_defect_is_told_as_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("zcompile.cli.compile.compile_files", broken)
    write_files(folder, {"pipeline.py": PIPELINE})
    result = zcompile("pipeline.py")
    assert result.code == 3
    assert "error ZC999: zcompile failed with ZeroDivisionError('ours')" in result.err
    assert "ZCOMPILE_TRACEBACK=1" in result.err
    (told,) = json.loads(zcompile("pipeline.py", "--format", "json").out)["diagnostics"]
    assert told["code"] == "ZC999"
    monkeypatch.setattr(sys.modules["zcompile.cli.main"], "WANTS_TRACEBACK", True)
    with pytest.raises(ZeroDivisionError):
        zcompile("pipeline.py")
