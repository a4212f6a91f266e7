"""What belongs to a user's project, and what is installed beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from msgspec import Struct

ROOT_MARKERS: Final = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".zcompile")
OWN_PACKAGES: Final = ("zcompile", "zruntime", "ztemplates")
COMPILED: Final = "# Compiled by zcompile"
"""Start of every DAG file that the compiler wrote."""
BUNDLES: Final = "bundles"
"""Folder of the code bundles, beside the DAG files."""
IGNORE_FILE: Final = ".airflowignore"
"""File that keeps Airflow from reading the bundles, beside the DAG files."""
INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


class Project(Struct, frozen=True):
    """A folder of code that is followed when a step's code is fingerprinted.

    Attributes:
        root: The folder below which all local code lies.
    """

    root: Path

    def is_local(self, file: str | Path | None) -> bool:
        """Whether a file is source code of this project.

        Args:
            file: Path of a module, as in `__file__` or `co_filename`; None for modules without one.

        Returns:
            True for a `.py` file below the root that is not part of an environment, of the
            standard library or of zcompile itself.
        """
        return file is not None and _is_local(str(self.root), str(file))

    def relative(self, file: str | Path) -> str:
        """The posix path of a file relative to the root; only its name if it lies elsewhere."""
        return _relative(str(self.root), str(file))


def find_project_root(start: Path) -> Path:
    """The nearest folder at or above `start` that holds a marker of a project.

    Args:
        start: A file or a folder.

    Returns:
        An absolute path; the folder of `start` itself if no folder above it has a marker.
    """
    start = start.absolute()
    folder = start if start.is_dir() else start.parent
    for candidate in (folder, *folder.parents):
        if any((candidate / marker).exists() for marker in ROOT_MARKERS):
            return candidate
    return folder


@cache
def _is_local(root: str, file: str) -> bool:
    if not file.endswith(".py") or file.startswith(_foreign_prefixes()):
        return False
    path = Path(file)
    return any(_belongs(base, candidate) for base, candidate in _spellings(Path(root), path))


def _belongs(root: Path, file: Path) -> bool:
    if not file.is_relative_to(root):
        return False
    if not INSTALLED.isdisjoint(file.relative_to(root).parts):
        return False
    if any(file.is_relative_to(folder) for folder in _foreign_folders()):
        return False
    # An environment inside the project is foreign; one that holds the whole project is not.
    between = (folder for folder in file.parents if folder != root and folder.is_relative_to(root))
    return not any(_is_environment(folder) for folder in between)


@cache
def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").exists() or (folder / "conda-meta").is_dir()


@cache
def _foreign_folders() -> tuple[Path, ...]:
    """Folders of the standard library and of zcompile's own packages."""
    folders = {Path(os.__file__).parent}  # `sysconfig` loads all that Python was built with
    for package in OWN_PACKAGES:
        spec = find_spec(package)
        folders.update(map(Path, (spec and spec.submodule_search_locations) or ()))
    return tuple(sorted(folders | {folder.resolve() for folder in folders}))


@cache
def _foreign_prefixes() -> tuple[str, ...]:
    return tuple(f"{folder}{os.sep}" for folder in _foreign_folders())


@cache
def _relative(root: str, file: str) -> str:
    path = Path(file)
    for base, candidate in _spellings(Path(root), path):
        if candidate.is_relative_to(base):
            return candidate.relative_to(base).as_posix()
    return path.name


def _spellings(root: Path, file: Path) -> Iterator[tuple[Path, Path]]:
    """Both paths as they are written, and with links resolved."""
    yield Path(os.path.normpath(root.absolute())), Path(os.path.normpath(file.absolute()))
    yield root.resolve(), file.resolve()
