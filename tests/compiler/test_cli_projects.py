"""`zcompile init`, `watch` and `completion`, and what holds for all commands."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from compiling import PIPELINE, write_files, zcompile

from zcompile.cli.main import EXIT_CODES, main

COMMAND = [sys.executable, "-m", "zcompile"]


def run(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **env}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["line-fit", "class", "2024", "données"])
def test_a_new_project_runs_and_compiles_at_once(name: str, tmp_path: Path) -> None:
    made = run("init", name, cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    folder = tmp_path / name
    assert {file.name for file in folder.iterdir()} == {
        "pipeline.py",
        "config.yaml",
        "README.md",
        ".gitignore",
        "zcompile.schema.json",
    }
    config = (folder / "config.yaml").read_text()
    assert config.startswith("# yaml-language-server: $schema=zcompile.schema.json\n")
    schema = json.loads((folder / "zcompile.schema.json").read_text())
    assert "make_points" in schema["properties"]["steps"]["properties"]
    first = run("run", "pipeline.py", cwd=folder)
    assert (first.returncode, first.stderr) == (0, "")
    assert re.search(r"y = (1\.9|2\.0)", first.stdout)
    assert first.stdout.splitlines()[-1].endswith("3 completed")
    second = run("run", "pipeline.py", cwd=folder)
    assert second.stdout.splitlines()[-1].endswith("3 cached")
    compiled = run("pipeline.py", "-c", "config.yaml", "--strict", cwd=folder)
    assert (compiled.returncode, compiled.stderr) == (0, "")
    (dag,) = (folder / "dags").glob("*.py")
    assert f"dags/{dag.name}" in (folder / "README.md").read_text()


def test_the_commands_of_a_new_readme_work(tmp_path: Path) -> None:
    assert run("init", "demo", cwd=tmp_path).returncode == 0
    text = (tmp_path / "demo/README.md").read_text()
    commands = re.findall(r"^    zcompile (.*?) *(?:[>#].*)?$", text, re.MULTILINE)
    assert len(commands) == 6
    for command in commands:
        if not command.startswith("watch"):
            assert run(*command.split(), cwd=tmp_path / "demo").returncode == 0


def test_init_overwrites_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path / "mine", {"config.yaml": "enable_cache: true\n"})
    before = sorted((tmp_path / "mine").iterdir())
    result = zcompile("init", "mine")
    assert result.code == 2
    assert "mine has `config.yaml` already, and nothing was written." in result.err
    assert sorted((tmp_path / "mine").iterdir()) == before
    (tmp_path / "file").touch()
    assert zcompile("init", "file/inside").code == 2


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    write_files(tmp_path, {"pipeline.py": PIPELINE, "c.yaml": "dag: {tags: [a]}\n"})
    process = subprocess.Popen(
        [*COMMAND, "watch", "pipeline.py", "-c", "c.yaml"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What the process prints until a line with that word."""
    assert process.stdout is not None
    found = ""
    for line in process.stdout:
        found += line
        if word in line:
            return found
    raise AssertionError(f"{word!r} is not in: {found}")


def test_watch_compiles_at_each_save(watching: subprocess.Popen[str], tmp_path: Path) -> None:
    dag = tmp_path / "dags/simple.py"
    assert "written dags/simple.py" in read_until(watching, "1 DAG up to date in dags")
    write_files(tmp_path, {"pipeline.py": PIPELINE.replace("use(make())", "use(mak())")})
    assert "after pipeline.py" in read_until(watching, "error ZC401")
    write_files(tmp_path, {"pipeline.py": PIPELINE})
    assert "unchanged dags/simple.py" in read_until(watching, "up to date")
    write_files(tmp_path, {"c.yaml": "dag: {tags: [b]}\n"})
    assert "after c.yaml" in read_until(watching, "up to date")
    assert 'tags=["b"]' in dag.read_text()
    watching.send_signal(signal.SIGINT)
    out, _ = watching.communicate(timeout=60)
    assert watching.returncode == 0
    assert "Traceback" not in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_command(shell: str) -> None:
    result = zcompile("completion", shell)
    assert (result.code, result.err) == (0, "")
    assert "_ZCOMPILE_COMPLETE" in result.out
    assert zcompile("completion", "cmd").code == 2


def completions(words: str, folder: Path) -> list[str]:
    """What bash is told when a user presses Tab after these words."""
    count = len(words.split(" ")) - 1
    env = {"_ZCOMPILE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    code = "from zcompile.cli import main; main(prog_name='zcompile')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completions(tmp_path: Path) -> None:
    source = PIPELINE.replace("def make()", "def make(count: int = 1)")
    write_files(tmp_path, {"pipeline.py": source})
    assert completions("zcompile pl", tmp_path) == ["plan", "pl"]
    assert "verify" in completions("zcompile cache ", tmp_path)
    assert "list" in completions("zcompile runs ", tmp_path)
    assert "--strict" in completions("zcompile pipeline.py --st", tmp_path)
    assert completions("zcompile run pipeline.py --set ma", tmp_path) == ["make.count="]


def all_commands() -> Iterator[tuple[str, ...]]:
    """The words of each command and subcommand."""
    context = click.Context(main)
    for name in main.list_commands(context):
        yield (name,)
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, sub) for sub in command.list_commands(context))


@pytest.mark.parametrize("words", [*all_commands()], ids=" ".join)
def test_each_help_shows_an_example(words: tuple[str, ...]) -> None:
    result = zcompile(*words, "--help")
    assert result.code == 0
    assert re.search(r"Examples?:\n +\S*.*zcompile", result.out)


def test_exit_codes_are_in_the_help() -> None:
    text = " ".join(zcompile("--help").out.split())
    for code, meaning in EXIT_CODES.items():
        assert f"{code} {meaning}" in text


@pytest.mark.parametrize("command", [("pipeline.py",), ("plan", "pipeline.py"), ("runs",)])
def test_no_colours_where_none_are_wanted(command: tuple[str, ...], tmp_path: Path) -> None:
    write_files(tmp_path, {"pipeline.py": PIPELINE})
    plain = run(*command, cwd=tmp_path)
    assert "\x1b" not in plain.stdout + plain.stderr
    forced = run(*command, cwd=tmp_path, NO_COLOR="1", FORCE_COLOR="1", COLUMNS="40")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", forced.stdout + forced.stderr)
