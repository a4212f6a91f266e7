"""Loading a user's file: their errors are told as theirs, and their modules are read anew."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from compiling import PIPELINE, STEPS, write_files

from zcompile.compiling import compile_source
from zcompile.exceptions import CompileError, PipelineInterfaceError, ZCompileError
from zcompile.program import Program, Source


def compiled(folder: Path, files: dict[str, str], name: str = "pipeline.py") -> Program:
    write_files(folder, files)
    return compile_source(Source(folder / name, output=folder / "dags"))


def refused(folder: Path, files: dict[str, str], name: str = "pipeline.py") -> ZCompileError:
    with pytest.raises(ZCompileError) as caught:
        compiled(folder, files, name).raise_errors()
    return caught.value


def at(error: ZCompileError) -> tuple[str, int]:
    assert error.place is not None
    return Path(error.place.file).name, error.place.line


RAISING = {
    "at the top": ({"pipeline.py": "x = 1\nx / 0\n"}, "ZeroDivisionError", ("pipeline.py", 2)),
    "in a helper": (
        {"pipeline.py": "import helper\n", "helper.py": "def f():\n    [][1]\nf()\n"},
        "IndexError",
        ("helper.py", 2),
    ),
    "in the pipeline's body": (
        {"pipeline.py": PIPELINE.replace("use(make())", "{}['x']")},
        "KeyError",
        ("pipeline.py", 14),
    ),
    "in a library": (
        {"pipeline.py": "import json\njson.loads('{')\n"},
        "JSONDecodeError",
        ("pipeline.py", 2),
    ),
    "exit": (
        {"pipeline.py": "import sys\nsys.exit('bye')\n"},
        "SystemExit while it was compiled: bye",
        ("pipeline.py", 2),
    ),
    "no such module": (
        {"pipeline.py": "import nowhere\n"},
        "ModuleNotFoundError",
        ("pipeline.py", 1),
    ),
    "recursion": (
        {"pipeline.py": "def f():\n    f()\nf()\n"},
        "RecursionError",
        ("pipeline.py", 2),
    ),
    "a validator": (
        {
            "pipeline.py": """
            from pydantic import field_validator
            from zcompile import BaseStepConfig, pipeline, step

            class Config(BaseStepConfig):
                x: int = 1
                @field_validator("x", mode="before")
                @classmethod
                def check(cls, value):
                    raise RuntimeError("theirs")

            @step
            def s(config: Config) -> None: ...

            @pipeline
            def p():
                s(x=2)
            """
        },
        "RuntimeError while it was compiled: theirs",
        ("pipeline.py", 10),
    ),
}


@pytest.mark.parametrize("name", RAISING)
def test_an_exception_is_told_with_the_users_frames(name: str, tmp_path: Path) -> None:
    files, told, place = RAISING[name]
    error = refused(tmp_path, files)
    assert isinstance(error, CompileError)
    assert told in error.message
    assert at(error) == place
    details = error.diagnostic.details
    assert f'{place[0]}", line {place[1]}' in details or not details
    for ours in ("zcompile/", "zruntime/", "importlib"):
        assert ours not in f"{error.message} {details}"


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"pipeline.py": "x = 1\ndef f(:\n    pass\n"}, ("pipeline.py", 2)),
        ({"pipeline.py": "import helper\n", "helper.py": "\n\nx = (\n"}, ("helper.py", 3)),
        (
            {
                "pipeline.py": PIPELINE.replace("return 1", "import helper"),
                "helper.py": "if\n",
            },
            ("helper.py", 1),
        ),
    ],
    ids=["the file", "a helper", "a helper that is imported by a step"],
)
def test_a_syntax_error_has_a_place(
    files: dict[str, str], place: tuple[str, int], tmp_path: Path
) -> None:
    error = refused(tmp_path, files)
    assert "Syntax error" in error.message
    assert at(error) == place


def test_files_that_are_no_pipeline_files(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "nul.py").write_bytes(b"x = '\x00'\n")
    (tmp_path / "latin.py").write_bytes("x = 'Zürich'\n".encode("latin-1"))
    files = {"text.txt": PIPELINE, "my-pipe.py": PIPELINE, "class.py": PIPELINE}
    for name, words in {
        "text.txt": "no Python file",
        "folder.py": "cannot be read: Is a directory",
        "missing.py": "cannot be read: No such file",
        "x" * 300 + ".py": "cannot be read: File name too long",
        "my-pipe.py": "`my-pipe` is no module name",
        "class.py": "`class` is no module name",
        "nul.py": "null bytes",
        "latin.py": "Syntax error",
    }.items():
        error = refused(tmp_path, files, name)
        assert words in error.message
        assert error.remedy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "holds no pipeline"),
        (f"{STEPS}\n@pipeline\ndef p():\n    pass\n", "has no steps"),
        (PIPELINE + "\n@pipeline(name='simple')\ndef other():\n    make()\n", "the DAG `simple`"),
        (PIPELINE + "\n@pipeline(name='SIMPLE')\ndef other():\n    make()\n", "the DAG `SIMPLE`"),
        (PIPELINE.replace("@pipeline", "@pipeline(name='my pipeline')"), "no valid DAG id"),
        (PIPELINE.replace("@pipeline", "@pipeline(name='../up')"), "no valid DAG id"),
        (PIPELINE.replace("@pipeline", "@pipeline(name='.')"), "no valid DAG id"),
        (PIPELINE.replace("@pipeline", "@pipeline(name='x' * 251)"), "no valid DAG id"),
        (PIPELINE.replace("use(make())", "make.with_options(name='a b')()"), "task_id"),
        (PIPELINE.replace("use(make())", "make.with_options(name='é')()"), "task_id"),
        (
            PIPELINE.replace("use(make())", "make.with_options(name='cache_plan')()"),
            "the task that plans",
        ),
    ],
)
def test_pipelines_that_cannot_be_dags(text: str, words: str, tmp_path: Path) -> None:
    error = refused(tmp_path, {"pipeline.py": text})
    assert isinstance(error, PipelineInterfaceError)
    assert words in error.message
    assert error.remedy
    assert at(error)[0] == "pipeline.py"


def test_two_steps_that_would_share_a_variable(tmp_path: Path) -> None:
    body = "[make.with_options(name=name)() for name in ('a_b', 'a-b')]"
    error = refused(tmp_path, {"pipeline.py": PIPELINE.replace("use(make())", body)})
    for name in ("`a_b`", "`a-b`"):
        assert name in error.message


def bundled(program: Program) -> set[str]:
    return {path.split("/", 2)[2] for path in program.files if path.startswith("bundles/")}


def test_lazy_and_relative_imports_are_in_the_bundle(tmp_path: Path) -> None:
    files = {
        "package/__init__.py": "",
        "package/pipeline.py": PIPELINE.replace("return 1", "from .lazy import one; return one()"),
        "package/lazy.py": "from . import deep\ndef one():\n    return deep.ONE\n",
        "package/deep.py": "ONE = 1\n",
        "package/unused.py": "",
    }
    program = compiled(tmp_path, files, "package/pipeline.py")
    modules = {"__init__", "pipeline", "lazy", "deep"}
    assert bundled(program) == {"manifest.json", *(f"package/{name}.py" for name in modules)}
    assert program.variants[0].lowered.step("make").entrypoint == "package.pipeline:make"


def test_a_module_outside_of_the_project(tmp_path: Path) -> None:
    write_files(tmp_path / "shared", {"our_tools.py": "ONE = 1\n"})
    text = (
        f"import sys\nsys.path.append({str(tmp_path / 'shared')!r})\nimport our_tools\n{PIPELINE}"
    )
    error = refused(
        tmp_path / "project", {"pipeline.py": text.replace("return 1", "return our_tools.ONE")}
    )
    assert "`our_tools`" in error.message
    assert "outside of the project" in error.message
    assert "install it as a package" in error.remedy


def test_each_file_gets_the_helpers_of_its_own_folder(tmp_path: Path) -> None:
    text = "from features import VALUE\n" + PIPELINE.replace("return 1", "return VALUE")
    kept = dict(sys.modules), list(sys.path)
    codes = []
    for value in (1, 2, 1):
        files = {"pipeline.py": text, "features.py": f"VALUE = {value}\n"}
        program = compiled(tmp_path / str(value), files)
        (features,) = (text for path, text in program.files.items() if "features" in path)
        assert features == f"VALUE = {value}\n".encode()
        codes.append(program.variants[0].lowered.step("make").code)
    assert codes[0] == codes[2] != codes[1]
    assert "features" not in sys.modules
    assert (sys.path, sys.modules.get("compiling")) == (kept[1], kept[0]["compiling"])


def test_an_edit_within_the_same_second_is_seen(tmp_path: Path) -> None:
    text = "from features import VALUE\n" + PIPELINE.replace("return 1", "return VALUE")
    codes = set()
    for value in (1, 2):
        write_files(tmp_path, {"pipeline.py": text, "features.py": f"VALUE = {value}\n"})
        os.utime(tmp_path / "features.py", (1_700_000_000, 1_700_000_000))
        program = compile_source(Source(tmp_path / "pipeline.py"))
        codes.add(program.variants[0].lowered.step("make").code)
    assert len(codes) == 2
    assert not list(tmp_path.rglob("__pycache__"))
