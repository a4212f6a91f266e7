"""Small projects as data: their files, an edit, and their fingerprints before and after it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from zruntime.fingerprint import CodeFingerprint, fingerprint
from zruntime.project import Project

HELPER = """
def scale(x):
    return x * 2
"""


@dataclass(frozen=True)
class Case:
    """A project before and after an edit.

    Attributes:
        name: What is edited.
        before: Source by file.
        after: The same after the edit.
        changed: Start of the label of a part that must tell of the edit, if any must.
    """

    name: str
    before: dict[str, str]
    after: dict[str, str]
    changed: str = ""

    def __str__(self) -> str:
        return self.name


def case(name: str, source: str, old: str, new: str, changed: str = "", **files: str) -> Case:
    """A case in which `old` becomes `new` wherever it stands.

    Args:
        name: What is edited.
        source: Source of `pipeline.py`, which defines the function `work`.
        old: Text before the edit.
        new: Text after it.
        changed: See `Case`.
        files: Sources of other modules; `lib__features` is `lib/features.py`, and `lib__init` is
            `lib/__init__.py`.
    """
    sources = {"pipeline": source, **files}
    before = {_file(module): dedent(text) for module, text in sources.items()}
    after = {file: text.replace(old, new) for file, text in before.items()}
    assert before != after, f"{name}: the edit changes nothing"
    return Case(name, before, after, changed)


def _file(module: str) -> str:
    folder, _, name = module.rpartition("__")
    name = "__init__" if name == "init" else name
    return f"{folder}/{name}.py" if folder else f"{name}.py"


def write(folder: Path, files: dict[str, str]) -> Path:
    """Writes a project's files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """A context in which a project's modules are imported afresh, and forgotten afterwards."""
    known, path = dict(sys.modules), list(sys.path)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None) or ""
            if name not in known and (file.startswith(str(folder)) or not file):
                del sys.modules[name]


def load(module: str, name: str) -> Any:
    """An object of a project's module."""
    return getattr(importlib.import_module(module), name)


def take(folder: Path, files: dict[str, str], name: str = "pipeline:work") -> CodeFingerprint:
    """The fingerprint of an object of a project that is written to a folder first."""
    write(folder, files)
    module, _, attribute = name.partition(":")
    with importable(folder):
        return fingerprint(load(module, attribute), Project(folder))


def changed_parts(before: CodeFingerprint, after: CodeFingerprint) -> list[str]:
    """Labels of the parts that are not the same in both fingerprints, in order."""
    labels = sorted(before.parts.keys() | after.parts.keys())
    return [label for label in labels if before.parts.get(label) != after.parts.get(label)]
