"""What belongs to a user's project, and what is installed beside it."""

# ruff: noqa: PTH100, PTH110, PTH112, PTH118, PTH119, PTH120, PTH206 - `pathlib` takes three times as long

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import accumulate, islice
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
    if not file.endswith(".py") or file.startswith(_foreign_folders()):
        return False
    return any(_belongs(*spelling) for spelling in _spellings(root, file))


def _belongs(root: str, file: str) -> bool:
    folder = _folder(root)
    if not file.startswith(folder) or file.startswith(_foreign_folders()):
        return False
    names = file[len(folder) :].split(os.sep)[:-1]
    if not INSTALLED.isdisjoint(names):
        return False
    # An environment inside the project is foreign; one that holds the whole project is not.
    inside = islice(accumulate(names, os.path.join, initial=root), 1, None)
    return not any(map(_is_environment, inside))


@cache
def _is_environment(folder: str) -> bool:
    return os.path.exists(f"{folder}/pyvenv.cfg") or os.path.isdir(f"{folder}/conda-meta")


@cache
def _foreign_folders() -> tuple[str, ...]:
    """Folders of the standard library and of zcompile's own packages."""
    folders = {os.path.dirname(os.__file__)}  # `sysconfig` loads all that Python was built with
    for package in OWN_PACKAGES:
        spec = find_spec(package)
        folders.update((spec and spec.submodule_search_locations) or ())
    return tuple(sorted(map(_folder, folders | {*map(os.path.realpath, folders)})))


@cache
def _relative(root: str, file: str) -> str:
    for base, candidate in _spellings(root, file):
        folder = _folder(base)
        if candidate.startswith(folder):
            return candidate[len(folder) :].replace(os.sep, "/")
    return os.path.basename(file)


def _spellings(root: str, file: str) -> Iterator[tuple[str, str]]:
    """Both paths as they are written, and with links resolved."""
    yield os.path.abspath(root), os.path.abspath(file)
    yield _resolved(root), _resolved(file)


_resolved = cache(os.path.realpath)


def _folder(path: str) -> str:
    """The start of all paths below a folder."""
    return os.path.join(path, "")
