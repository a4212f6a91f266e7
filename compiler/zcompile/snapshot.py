"""The code bundle of a pipeline: a snapshot of the project's modules that it reaches."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import packages_distributions
from pathlib import Path

from msgspec import Struct

from zcompile.authoring.places import span
from zcompile.imports import module_address, syntax_error
from zcompile.names import slug
from zruntime.bundle import MANIFEST
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import CompileError
from zruntime.fingerprint import CodeFingerprint
from zruntime.hashing import digest_value
from zruntime.project import Project


class Snapshot(Struct, frozen=True):
    """A code bundle in memory.

    Attributes:
        name: The bundle's folder name, which ends in a digest of its contents.
        files: Contents by path below that folder.
    """

    name: str
    files: Mapping[str, bytes]


def take_snapshot(
    pipeline: str, file: Path, project: Project, code: Mapping[str, CodeFingerprint]
) -> Snapshot:
    """The code bundle of a pipeline.

    Args:
        pipeline: The pipeline's name.
        file: The pipeline file.
        project: The project whose modules are copied.
        code: The code fingerprint of each step, by step name.

    Raises:
        CompileError: if it needs a module that lies neither in the project nor in a package.
    """
    name, folder = module_address(file.absolute())
    finder = _Finder(project, folder)
    modules = finder.reach([name, *(module for item in code.values() for module in item.modules)])
    files = {_path_of(name, source): source.read_bytes() for name, source in modules.items()}
    manifest = {
        "modules": sorted(modules),
        "steps": {step: item.digest for step, item in code.items()},
        "code": {
            item.digest: {"parts": dict(item.parts), "packages": list(item.packages)}
            for item in code.values()
        },
    }
    files[MANIFEST] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    return Snapshot(f"{slug(pipeline)[:100]}-{digest_value(files)[:12]}", files)


def _path_of(module: str, source: Path) -> str:
    parts = module.replace(".", "/")
    return f"{parts}/__init__.py" if source.name == "__init__.py" else f"{parts}.py"


class _Finder:
    """Finds the project's modules by name, without importing any."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        entries = [entry for entry in sys.path if isinstance(entry, str)]
        self.folders = [folder, *(Path(entry or ".").absolute() for entry in entries)]

    def reach(self, names: Iterable[str]) -> dict[str, Path]:
        """The modules of these names and all that they import, with their files."""
        found: dict[str, Path] = {}
        waiting: list[tuple[str, Place | None]] = [(name, None) for name in names]
        while waiting:
            name, place = waiting.pop()
            if name in found or name == "__main__":
                continue
            source = self.find(name, place)
            if source is None:
                continue
            found[name] = source
            package = name if source.name == "__init__.py" else name.rpartition(".")[0]
            waiting += [*((parent, place) for parent in _parents(name)), *_imports(source, package)]
        return found

    def find(self, name: str, importer: Place | None) -> Path | None:
        """The file of a module of the project, or None if it is a package's or Python's own.

        Args:
            name: The module's name.
            importer: Where it is imported, if that is known.
        """
        relative = name.replace(".", "/")
        for folder in self.folders:
            for source in (folder / relative / "__init__.py", folder / f"{relative}.py"):
                if source.is_file():
                    if self.project.is_local(source):
                        return source
                    self._belongs_to_a_package(name, source, importer)
                    return None
        return None

    def _belongs_to_a_package(self, name: str, source: Path, importer: Place | None) -> None:
        top = name.partition(".")[0]
        installed = {"site-packages", "dist-packages"} & set(source.parts)
        own = top in ("zcompile", "zruntime", "ztemplates")
        if installed or own or top in sys.stdlib_module_names or top in _distributions():
            return
        raise CompileError(
            f"The pipeline imports `{name}` from {source}, outside of the project "
            f"{self.project.root}.",
            remedy="Move the module into the project, or install it as a package.",
            place=importer or Place(str(source), 1),
            related=[Related("the module", Place(str(source), 1))] if importer else (),
            code="ZC411",
        )


@lru_cache(maxsize=1)
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _imports(source: Path, package: str) -> Iterator[tuple[str, Place]]:
    """Names that a module imports, at any depth, and where; also ``a.b`` of ``from a import b``."""
    try:
        tree = ast.parse(source.read_bytes(), str(source))
    except SyntaxError as error:
        raise syntax_error(error) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, span(str(source), node)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *([base] if base else [])])
            place = span(str(source), node)
            yield base, place
            names = (alias.name for alias in node.names if alias.name != "*")
            yield from ((f"{base}.{name}", place) for name in names)
