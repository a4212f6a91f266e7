"""A user's project in a temporary folder, and mistakes in one as data."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest

from zcompile.exceptions import ZCompileError

NOTES = '''
import os


def note(name):
    """Tells the test that a step was executed."""
    with open(os.environ["EXECUTED"], "a") as file:
        file.write(f"{name}\\n")
'''


class Project:
    """A user's project: a folder with modules, beside its store.

    Its steps call ``note("name")`` from the module ``notes``; ``executed()`` lists what they noted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder.parent / "store"
        self.notes = folder.parent / "executed"
        self.write("pyproject.toml", "")
        self.write("notes.py", NOTES)

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces a text, which must be there, in a file of the project."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def load(self, text: str | None = None) -> Any:
        """The module ``pipeline``, imported anew, with that text if one is given."""
        if text is not None:
            self.write("pipeline.py", text)
        self.forget()
        return importlib.import_module("pipeline")

    def forget(self) -> None:
        """Drops the project's modules, so that they are imported anew."""
        for name, module in list(sys.modules.items()):
            if self._holds(module):
                del sys.modules[name]
        importlib.invalidate_caches()

    def _holds(self, module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        return bool(file) and Path(file).is_relative_to(self.folder)

    def executed(self) -> list[str]:
        """What the steps have noted since the last call, in order."""
        found = self.notes.read_text().split() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return found

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Python in the project's folder, in a process of its own."""
        return subprocess.run(
            [sys.executable, "-B", *arguments],
            cwd=self.folder,
            env={**os.environ, "EXECUTED": str(self.notes), "ZCOMPILE_STORE": str(self.store)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@dataclass(frozen=True)
class Mistake:
    """A mistake that a user makes.

    Attributes:
        name: What it is.
        source: The module that holds it; ``run()`` in it is called if there is one.
        words: What the message must say: the step, the argument, the remedy.
        error: The class of the exception.
    """

    name: str
    source: str
    words: tuple[str, ...]
    error: type[ZCompileError]

    def __str__(self) -> str:
        return self.name

    def check(self, project: Project) -> ZCompileError:
        """Makes the mistake, and returns the error that told of it."""
        with pytest.raises(self.error) as caught:
            module = project.load(PRELUDE + dedent(self.source))
            module.run()
        error = caught.value
        assert type(error) is self.error
        for word in self.words:
            assert word in str(error), f"{word!r} is not in: {error}"
        assert error.remedy, "the message says what to do"
        assert error.place is not None, "the message says where"
        assert Path(error.place.file).name.endswith((".py", ".yaml"))
        assert not project.executed(), "no step was executed"
        return error


PRELUDE = """
from typing import *
import numpy as np
from notes import note
from zcompile import *
"""
