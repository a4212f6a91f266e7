"""write: puts the rendered files in place, each atomically, and removes what no DAG refers to."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from zcompile.program import Program
from zcompile.stages.render import BUNDLES, IGNORE_FILE, MARK
from zruntime.exceptions import CompileError


def write(program: Program) -> tuple[Path, ...]:
    """Writes a rendered program; returns the DAG files, whether they changed or not.

    Bundles are written before the DAG files that refer to them, and removed after.

    Raises:
        CompileError: if a file cannot be written, or a DAG file of that name is not ours.
    """
    output = program.source.output
    _not_foreign(output, program.files)
    try:
        _write_bundles(output, program.files)
        _ignore_bundles(output)
        dags = [path for path in program.files if not path.startswith(f"{BUNDLES}/")]
        for path in dags:
            _replace(output / path, program.files[path])
        _remove_unused_bundles(output)
    except OSError as error:
        raise CompileError(
            f"{error.filename or output} cannot be written: {error.strerror}.",
            remedy="Choose another output folder with -o, or make room in this one.",
            code="ZC420",
        ) from error
    return tuple(output / path for path in dags)


def stale_files(program: Program) -> tuple[Path, ...]:
    """Files in the output folder that differ from what would be written, or are missing."""
    output = program.source.output
    return tuple(
        output / path
        for path, content in sorted(program.files.items())
        if not (output / path).is_file() or (output / path).read_bytes() != content
    )


def _not_foreign(output: Path, files: Mapping[str, bytes]) -> None:
    for path in files:
        target = output / path
        if path.startswith(f"{BUNDLES}/") or not target.exists():
            continue
        if not target.read_bytes().startswith(MARK.encode()):
            raise CompileError(
                f"{target} exists and was not written by zcompile.",
                remedy="Rename that file, or give the pipeline another name or dag_id.",
                code="ZC421",
            )


def _write_bundles(output: Path, files: Mapping[str, bytes]) -> None:
    """Writes each bundle in a folder beside its place, and renames it when it is complete."""
    by_bundle: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        if path.startswith(f"{BUNDLES}/"):
            _, bundle, inner = path.split("/", 2)
            by_bundle.setdefault(bundle, {})[inner] = content
    for bundle, contents in by_bundle.items():
        target = output / BUNDLES / bundle
        if _holds(target, contents):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as scratch:
            fresh = Path(scratch) / bundle
            for inner, content in contents.items():
                (fresh / inner).parent.mkdir(parents=True, exist_ok=True)
                (fresh / inner).write_bytes(content)
            if target.exists():
                target.rename(Path(scratch) / "damaged")
            fresh.rename(target)


def _holds(folder: Path, contents: Mapping[str, bytes]) -> bool:
    return all(
        (folder / inner).is_file() and (folder / inner).read_bytes() == content
        for inner, content in contents.items()
    )


def _replace(target: Path, content: bytes) -> None:
    if target.is_file() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(prefix=".", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).chmod(0o644)
        Path(scratch).replace(target)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def _ignore_bundles(output: Path) -> None:
    """Tells Airflow not to look for DAGs in bundles; other lines of the file stay."""
    file = output / IGNORE_FILE
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    pattern = f"{BUNDLES}/"
    if pattern not in text.split():
        kept = text if not text or text.endswith("\n") else f"{text}\n"
        _replace(file, f"{kept}{pattern}\n".encode())


def _remove_unused_bundles(output: Path) -> None:
    used = set()
    for dag in output.glob("*.py"):
        used |= set(re.findall(rf"{BUNDLES}/([\w.-]+)", dag.read_text(encoding="utf-8")))
    for bundle in (output / BUNDLES).iterdir():
        if bundle.name not in used and not bundle.name.startswith("."):
            shutil.rmtree(bundle)
