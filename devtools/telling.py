"""The golden cases of diagnostics: what the command line says of projects with mistakes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from zcompile.cli import main

CASES = Path(__file__).parent.parent / "tests" / "golden" / "diagnostics"

FORMS = {"text": "expected.txt", "json": "expected.json", "github": "expected.github"}
"""The file of each form; all cases have the first one, and some have others."""

ARGUMENTS = "arguments.txt"
"""What the command is given; by default the pipeline and the config of the case."""


def told_cases() -> tuple[str, ...]:
    """The names of all cases."""
    return tuple(sorted(folder.name for folder in CASES.iterdir() if folder.is_dir()))


def expectations(case: str) -> dict[str, Path]:
    """The expected files of a case by form."""
    files = {form: CASES / case / name for form, name in FORMS.items()}
    return {form: file for form, file in files.items() if form == "text" or file.exists()}


def tell(case: str, form: str) -> str:
    """What the command says of a case: the command, its output, and its exit code.

    It runs in a copy of the case, whose path stands in the text as `<folder>`.
    """
    before = os.getcwd()  # noqa: PTH109
    with TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve() / case
        shutil.copytree(CASES / case, folder, ignore=shutil.ignore_patterns("expected.*"))
        arguments = _arguments(folder)
        try:
            os.chdir(folder)
            done = CliRunner().invoke(main, [*arguments, "--format", form])
        finally:
            os.chdir(before)
        output = done.output.replace(str(folder), "<folder>")
    if form != "text":
        return output
    return f"$ zcompile {' '.join(arguments)}\n{output}[exit code {done.exit_code}]\n"


def _arguments(folder: Path) -> list[str]:
    given, config = folder / ARGUMENTS, folder / "config.yaml"
    if given.exists():
        return given.read_text().split()
    return ["pipeline.py", *(["-c", "config.yaml"] if config.exists() else [])]
