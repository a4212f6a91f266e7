"""The command line: exit codes, and errors as text with a code and a place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiling import PIPELINE, Result, write_files, zcompile, zcompile_process

NO_AIRFLOW = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "airflow":
            raise ModuleNotFoundError("No module named 'airflow'")
sys.meta_path.insert(0, Missing())
import atexit
atexit.register(lambda: print([m for m in sys.modules if m.partition(".")[0] == "airflow"]))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": PIPELINE})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_compile_and_check(folder: Path) -> None:
    assert zcompile("pipeline.py", "--check").code == 1
    assert not (folder / "dags").exists()
    (bundle,) = _told(zcompile("pipeline.py"), "written dags/simple.py", "written ")
    assert zcompile("pipeline.py", "--check") == Result(0, "", "")
    assert _told(zcompile("pipeline.py"), "unchanged dags/simple.py", "unchanged ") == [bundle]
    write_files(folder, {"pipeline.py": PIPELINE.replace("return 1", "return 2")})
    stale = zcompile("pipeline.py", "--check")
    assert stale.code == 1
    assert "dags/simple.py is not up to date" in stale.err
    again = zcompile("pipeline.py", "--keep-bundles", "0s", "--format", "json")
    found = json.loads(again.out)
    assert found["written"][0] == "dags/simple.py"
    assert found["removed"] == [bundle]


def _told(result: Result, dag: str, prefix: str) -> list[str]:
    """The folders of bundles that a compile told of, after the line of its only DAG."""
    assert (result.code, result.err) == (0, "")
    first, *others = result.out.splitlines()
    assert first == dag
    assert all(line.startswith(f"{prefix}dags/bundles/simple-") for line in others)
    return [line.removeprefix(prefix) for line in others]


def test_warnings_are_errors_if_strict(folder: Path) -> None:
    names = PIPELINE.replace("return 1", "return len(globals())")
    write_files(folder, {"pipeline.py": names})
    result = zcompile("pipeline.py", "--strict")
    assert result.code == 1
    assert "error ZC430" in result.err
    assert not (folder / "dags").exists()
    lenient = zcompile("pipeline.py")
    assert lenient.code == 0
    assert "warning ZC430" in lenient.err


def test_patterns_in_quotes(folder: Path) -> None:
    for name in ("one", "two"):
        write_files(folder, {f"more/{name}.py": PIPELINE.replace("simple", name)})
    assert zcompile("more/*.py").code == 0
    assert {file.name for file in (folder / "dags").glob("*.py")} == {"one.py", "two.py"}
    nothing = zcompile("more/*.txt")
    assert nothing.code == 2
    assert "No file matches more/*.txt" in nothing.err


@pytest.mark.parametrize("arguments", [(), ("pipeline.py", "--nonsense"), ("pipeline.py", "-c")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    result = zcompile(*arguments)
    assert result.code == 2
    assert result.err


def test_help() -> None:
    result = zcompile("--help")
    assert result.code == 0
    for word in ("PIPELINE...", "--config", "--output", "--check", "Exit codes", "Examples"):
        assert word in result.out


def test_a_mistake_goes_to_stderr_with_code_and_place(folder: Path) -> None:
    write_files(folder, {"config.yaml": "steps:\n  mak: {}\n"})
    result = zcompile("pipeline.py", "-c", "config.yaml")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("config.yaml:2:3: error ZC310: Pipeline `simple` has no step")
    assert "Did you mean `make`?" in result.err
    assert not (folder / "dags").exists()


def test_a_parameter_of_the_pipeline_that_does_not_exist(folder: Path) -> None:
    write_files(folder, {"config.yaml": "parameters:\n  gamma: 1\n"})
    result = zcompile("pipeline.py", "-c", "config.yaml")
    assert result.code == 1
    assert result.err.startswith("config.yaml:2:3: error ZC346")


def test_several_files_and_one_output(folder: Path) -> None:
    write_files(folder, {"more/pipeline.py": PIPELINE.replace("simple", "other")})
    assert zcompile("pipeline.py", "more/pipeline.py", "-o", "out/here").code == 0
    assert {file.name for file in (folder / "out/here").glob("*.py")} == {"simple.py", "other.py"}


def test_two_files_that_would_write_one_dag(folder: Path) -> None:
    write_files(folder, {"more/pipeline.py": PIPELINE})
    result = zcompile("pipeline.py", "more/pipeline.py")
    assert result.code == 1
    assert "more/pipeline.py and pipeline.py would both write the DAG `simple`" in result.err
    assert not (folder / "dags").exists()


def test_a_mistake_in_one_file_writes_none(folder: Path) -> None:
    write_files(folder, {"wrong.py": "1 / 0\n", "worse.py": "(\n"})
    result = zcompile("pipeline.py", "wrong.py", "worse.py")
    assert result.code == 1
    assert "ZC401" in result.err
    assert "ZC402" in result.err
    assert not (folder / "dags").exists()


def test_each_config_is_a_dag(folder: Path) -> None:
    write_files(folder, {"dev.yaml": "dag: {schedule: null}\n", "prod.yaml": "dag: {tags: [p]}\n"})
    result = zcompile("pipeline.py", "-c", "dev.yaml", "-c", "prod.yaml")
    assert result.code == 0
    assert {file.name for file in (folder / "dags").glob("*.py")} == {"simple.py", "simple_prod.py"}
    assert 'tags=["p"]' in (folder / "dags/simple_prod.py").read_text()


def test_yaml_wins_over_code(folder: Path) -> None:
    text = PIPELINE.replace("def make()", "def make(count: int = 1)").replace("make()", "make(2)")
    write_files(folder, {"pipeline.py": text, "c.yaml": "steps: {make: {parameters: {count: 3}}}"})
    assert zcompile("pipeline.py", "-c", "c.yaml").code == 0
    assert 'parameters={"count": 3}' in (folder / "dags/simple.py").read_text()


def test_an_unwritable_output() -> None:
    result = zcompile("pipeline.py", "-o", "pipeline.py")
    assert result.code == 1
    assert "error ZC420: pipeline.py" in result.err
    assert zcompile("pipeline.py", "-o", "x" * 300, "--check").code == 1


def test_markup_in_messages_is_text(folder: Path) -> None:
    write_files(folder, {"wrong.py": "raise ValueError('[bold]x[/] [/red] \\\\[')\n"})
    assert "[bold]x[/] [/red] \\[" in zcompile("wrong.py").err


def test_names_that_the_terminal_cannot_show(folder: Path) -> None:
    write_files(folder / "Zürich \udcff", {"pipeline.py": PIPELINE})
    code = "import sys\nsys.stdout.reconfigure(encoding='ascii', errors='strict')"
    name = "Zürich \udcff"
    result = zcompile_process(f"{name}/pipeline.py", "-o", name, cwd=folder, code=code)
    assert (result.code, result.err) == (0, "")
    assert "\\xfcrich \\udcff/simple.py" in result.out


def test_compiling_needs_no_airflow(folder: Path) -> None:
    result = zcompile_process("pipeline.py", cwd=folder, code=NO_AIRFLOW)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("written dags/simple.py\n")
    assert result.out.splitlines()[-1] == "[]"


def test_what_one_file_registers_is_unknown_to_the_next(folder: Path) -> None:
    other = PIPELINE.replace("simple", "other")
    registering = f"""
from zcompile.materializers import BaseMaterializer

class Own(BaseMaterializer):
    ASSOCIATED_TYPES = (int,)
    def save(self, value, file): ...
    def load(self, file, data_type): ...
{other}"""
    write_files(folder, {"registering.py": registering})
    assert zcompile("pipeline.py", "-o", "alone").code == 0
    assert zcompile("registering.py", "pipeline.py", "-o", "both").code == 0
    assert "Own" in (folder / "both/other.py").read_text()
    alone = (folder / "alone/simple.py").read_text()
    assert (folder / "both/simple.py").read_text() == alone


def test_misspelt_commands_and_files_are_told_with_the_nearest_name(folder: Path) -> None:
    command = zcompile("plna", "pipeline.py")
    assert command.code == 2
    assert "There is no command `plna`. Did you mean `plan`?" in command.err
    file = zcompile("pipelin.py")
    assert file.code == 1
    assert "Did you mean `pipeline.py`?" in file.err
