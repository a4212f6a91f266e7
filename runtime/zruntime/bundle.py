"""Code bundles: the snapshot of a project's modules that the steps of a compiled DAG run from."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from zruntime.exceptions import BundleError
from zruntime.loading import noting_runs
from zruntime.spec import StepSpec

if TYPE_CHECKING:
    from zruntime.functions import PipelineFunction, StepFunction

MANIFEST = "manifest.json"
_REMEDY = "Compile the pipeline again with `zcompile`, and copy the whole dags folder."


class CodeInfo(Struct, frozen=True):
    """What the compiler found out about the code of a step.

    Attributes:
        digest: Digest of its code fingerprint.
        parts: Digest of each function, class and value, by a readable label.
        packages: Distributions that the code refers to.
    """

    digest: str
    parts: Mapping[str, str]
    packages: tuple[str, ...]


class CodeBundle:
    """The code bundle in a folder.

    Raises:
        BundleError: if the folder is missing or its manifest cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        manifest = _read_manifest(folder)
        self.modules: tuple[str, ...] = tuple(manifest["modules"])
        self._steps: Mapping[str, str] = manifest["steps"]
        self._code: Mapping[str, Any] = manifest["code"]

    def code_info(self, step: str) -> CodeInfo:
        """What is known of the code of a step, by its name in the pipeline.

        Raises:
            BundleError: if the bundle knows no such step.
        """
        digest = self._steps.get(step, "")
        if digest not in self._code:
            raise BundleError(
                f"The code bundle {self.folder} does not belong to this DAG file.",
                remedy=_REMEDY,
                code="ZC701",
            )
        info = self._code[digest]
        return CodeInfo(digest, info["parts"], tuple(info["packages"]))

    def load(self, step: StepSpec) -> StepFunction:
        """Imports the step's function from the bundle; runs that its module asks for are ignored.

        Raises:
            BundleError: if the module or the function is not there.
            Exception: whatever the module raises while it is imported.
        """
        function: StepFunction = self._load(step.entrypoint, f"Step `{step.name}`")
        return function

    def cache_func(self, step: StepSpec) -> Callable[..., Any]:
        """Imports the function whose answer enters the step's key; see `load`."""
        function: Callable[..., Any] = self._load(step.cache_func, f"Step `{step.name}`")
        return function

    def load_pipeline(self, entrypoint: str) -> PipelineFunction:
        """Imports the pipeline from the bundle; see `load`."""
        pipeline: PipelineFunction = self._load(entrypoint, "The pipeline")
        return pipeline

    def _load(self, entrypoint: str, what: str) -> Any:
        module_name, _, name = entrypoint.partition(":")
        self._make_importable()
        found = self._import(entrypoint, module_name, what)
        try:
            for part in name.split("."):
                found = getattr(found, part)
        except AttributeError as error:
            raise self._not_there(entrypoint) from error
        return found

    def _import(self, entrypoint: str, module: str, what: str) -> Any:
        try:
            with noting_runs():
                return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name == module:
                raise self._not_there(entrypoint) from error
            raise BundleError(
                f"{what} cannot be loaded on this worker: {error}.",
                remedy=f"Install the package that provides `{error.name}` on the worker.",
                code="ZC702",
            ) from error

    def _not_there(self, entrypoint: str) -> BundleError:
        return BundleError(
            f"The code bundle {self.folder} has no `{entrypoint}`.",
            remedy=_REMEDY,
            code="ZC703",
        )

    def fingerprint_types(self, types: Iterable[Any]) -> str:
        """Fingerprint of those that the bundle defines, or an empty string."""
        from zruntime.fingerprint import fingerprint_types
        from zruntime.project import Project

        return fingerprint_types(types, Project(self.folder))

    def _make_importable(self) -> None:
        """Puts the bundle first on the path, and drops modules of those names from elsewhere."""
        folder = str(self.folder)
        if sys.path[:1] != [folder]:
            sys.path.insert(0, folder)
            importlib.invalidate_caches()
        for name in self.modules:
            file = getattr(sys.modules.get(name), "__file__", None)
            if file is not None and not Path(file).is_relative_to(self.folder):
                del sys.modules[name]


def bundle_beside(dags: Path, name: str) -> CodeBundle:
    """The code bundle that a DAG file or a plan names.

    Args:
        dags: The DAG file's folder.
        name: The bundle's folder, relative to that.

    Raises:
        BundleError: if it leads elsewhere, as a plan may that somebody has edited; if it cannot be
            opened.
    """
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise BundleError(
            f"The code bundle {name} does not belong to this DAG file.",
            remedy=_REMEDY,
            code="ZC701",
        )
    return open_bundle(dags / name)


@lru_cache(maxsize=8)
def open_bundle(folder: Path) -> CodeBundle:
    """The code bundle in a folder, which never changes once it is written.

    Raises:
        BundleError: if the folder is missing or its manifest cannot be read.
    """
    return CodeBundle(folder)


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(
            f"The code bundle {folder} is missing.", remedy=_REMEDY, code="ZC704"
        ) from None
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The code bundle {folder} cannot be read: {error}.", remedy=_REMEDY, code="ZC705"
        ) from error
    return manifest
