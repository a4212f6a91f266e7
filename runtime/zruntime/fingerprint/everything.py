"""All modules of a project, for code that may import any of them by a computed name."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from zruntime.fingerprint.source import Source, load_source
from zruntime.project import BUNDLES, COMPILED, IGNORE_FILE, Project


class WholeProject:
    """Stands for all modules of the project in an edge of the graph."""


WHOLE_PROJECT: Final = WholeProject()


class ProjectModule(Struct, frozen=True):
    """A module of the project that need not be imported.

    Attributes:
        name: Its dotted name, as seen from the project's root.
        source: Its parsed source.
    """

    name: str
    source: Source

    def imports(self) -> set[str]:
        """The top-level modules that it imports, at any depth."""
        found: set[str] = set()
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
        return found


def project_modules(project: Project) -> Iterator[ProjectModule]:
    """The modules below a project's root, ordered by name, without what the compiler wrote."""
    for file in sorted(_files(project)):
        source = load_source(str(file)) or Source(str(file), ast.Module([], []))
        path = Path(project.relative(file)).with_suffix("")
        parts = path.parent.parts if path.name == "__init__" else path.parts
        yield ProjectModule(".".join(parts), source)


def _files(project: Project) -> Iterator[Path]:
    for folder, below, names in os.walk(project.root):
        is_output = IGNORE_FILE in names
        below[:] = [
            name
            for name in below
            if not (name.startswith((".", "__pycache__")) or (is_output and name == BUNDLES))
        ]
        files = (Path(folder, name) for name in names if name.endswith(".py"))
        yield from (file for file in files if project.is_local(file) and not _is_compiled(file))


def _is_compiled(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(COMPILED)) == COMPILED.encode()
