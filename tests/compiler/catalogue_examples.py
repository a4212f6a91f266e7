"""The examples in the pages of the catalogue, made in a folder and tried."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import linecache
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from compiling import write_files, zcompile

from zcompile.catalogue import Page
from zcompile.exceptions import ZCompileError
from zcompile.imports import importing_from
from zruntime.bundle import CodeBundle
from zruntime.spec import StepSpec

NAMES = {"python": "pipeline.py", "yaml": "config.yaml"}
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """Files, and the commands that are given then; without any, the files are compiled."""

    files: Mapping[str, str]
    commands: tuple[str, ...]


def examples(page: Page) -> tuple[Example, Example]:
    """The example that gives a code, and the mended one, with the files that changed."""
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", page.body, re.DOTALL | re.MULTILINE))
    return _example(sections["Example"]), _example(sections["Mended"])


def _example(text: str) -> Example:
    files, commands = {}, ""
    for language, name, content in BLOCK.findall(text):
        if language == "sh":
            commands = content
        else:
            files[name or NAMES[language]] = content
    return Example(files, tuple(commands.splitlines()))


def codes_of(example: Example, commands: tuple[str, ...]) -> set[str]:
    """The codes that an example gives in the working folder."""
    write_files(Path(), dict(example.files))
    if not commands:
        config = ("-c", "config.yaml") if Path("config.yaml").exists() else ()
        commands = (" ".join(("zcompile", "pipeline.py", *config)),)
    return {code for command in commands for code in _told_by(command)}


def _told_by(command: str) -> Iterator[str]:
    program, *arguments = command.split()
    name, is_variable, value = program.partition("=")
    if is_variable:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv(name, value)
            yield from _told_by(" ".join(arguments))
    elif program == "zcompile":
        result = zcompile(*arguments, "--format", "json")
        yield from (item["code"] for item in json.loads(result.out)["diagnostics"])
    elif command == "python pipeline.py":
        yield from _run(Path(arguments[0]).absolute())
    elif command.startswith("airflow dags test "):
        yield from _load(arguments[-1])
    else:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        subprocess.run(["bash", "-ec", command], check=True, env={**os.environ, "PATH": path})


def _run(file: Path) -> Iterator[str]:
    linecache.checkcache()
    try:
        with importing_from(file.parent), contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(str(file), run_name="__main__")
    except ZCompileError as error:
        yield from (each.code for each in error.all())


def _load(dag_id: str) -> Iterator[str]:
    """Loads a DAG's steps from its code bundle, as its tasks do."""
    text = Path(f"dags/{dag_id}.py").read_text()
    (bundle,) = re.findall(r'bundle="(.*?)"', text)
    path = sys.path[:]
    try:
        loaded = CodeBundle(Path("dags").absolute() / bundle)
        for name, entrypoint in re.findall(r'task_id="(\w+)",\s*entrypoint="(.*?)"', text):
            loaded.code_info(name)
            loaded.load(StepSpec(name=name, function=name, entrypoint=entrypoint, code=""))
    except ZCompileError as error:
        yield error.code
    finally:
        sys.path[:] = path
        sys.modules.pop("pipeline", None)
        importlib.invalidate_caches()
