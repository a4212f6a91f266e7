"""write: puts the rendered files in place, each atomically, and removes what is of no use."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from zcompile.program import Program
from zruntime.bundle import MANIFEST
from zruntime.exceptions import CompileError
from zruntime.project import BUNDLES, COMPILED, IGNORE_FILE

GRACE_SECONDS: Final = 7 * 86400.0
"""How long a bundle stays that no DAG refers to any more: runs that began before still use it."""


class Written(Struct, frozen=True):
    """What a compile has done to its output folder.

    Attributes:
        dags: The program's DAG files, whether they changed or not.
        bundles: The folders of their code bundles, whether they changed or not.
        changed: Those of both that were written.
        removed: The bundles that were removed, since no DAG has referred to them for long.
    """

    dags: tuple[Path, ...]
    bundles: tuple[Path, ...]
    changed: frozenset[Path]
    removed: tuple[Path, ...]


def write(program: Program, grace: float = GRACE_SECONDS) -> Written:
    """Writes a rendered program.

    Bundles are written before the DAG files that refer to them, and removed after. All files are
    complete on the disk before the first one takes its place.

    Args:
        program: The program.
        grace: For how many seconds a bundle stays that no DAG refers to any more.

    Raises:
        CompileError: if a file cannot be written, or a DAG file of that name is not ours.
    """
    output = program.source.output
    dags = {path: text for path, text in program.files.items() if not _in_bundle(path)}
    try:
        _not_foreign(output, dags)
        before = _used_bundles(output)
        bundles = _write_bundles(output, program.files)
        changed = _replace_all(output, {IGNORE_FILE: _ignore_lines(output), **dags})
        removed = _remove_unused_bundles(output, before, grace)
    except OSError as error:
        raise CompileError(
            f"{error.filename or output} cannot be written: {error.strerror}.",
            remedy="Choose another output folder with -o, or make room in this one.",
            code="ZC420",
        ) from error
    return Written(
        tuple(output / path for path in dags),
        tuple(bundles),
        frozenset(changed) | {bundle for bundle, is_new in bundles.items() if is_new},
        tuple(removed),
    )


def stale_files(program: Program) -> tuple[Path, ...]:
    """Files in the output folder that differ from what would be written, or are missing.

    Raises:
        CompileError: if a file cannot be read.
    """
    output = program.source.output
    try:
        files = {**program.files, IGNORE_FILE: _ignore_lines(output)}
        return tuple(output / path for path in sorted(files) if not _is(output / path, files[path]))
    except OSError as error:
        raise CompileError(
            f"{error.filename or output} cannot be read: {error.strerror}.",
            remedy="Choose another output folder with -o.",
            code="ZC420",
        ) from error


def _in_bundle(path: str) -> bool:
    return path.startswith(f"{BUNDLES}/")


def _is(file: Path, content: bytes) -> bool:
    return file.is_file() and file.read_bytes() == content


def _not_foreign(output: Path, dags: Iterable[str]) -> None:
    for path in dags:
        target = output / path
        if target.exists() and not target.read_bytes().startswith(COMPILED.encode()):
            raise CompileError(
                f"{target} exists and was not written by zcompile.",
                remedy="Rename that file, or give the pipeline another name or dag_id.",
                code="ZC421",
            )


def _write_bundles(output: Path, files: Mapping[str, bytes]) -> dict[Path, bool]:
    """Writes each bundle in a folder beside its place, and renames it when it is complete.

    Returns:
        The folder of each bundle, and whether it was written.
    """
    found: dict[Path, bool] = {}
    by_bundle: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        if _in_bundle(path):
            _, bundle, inner = path.split("/", 2)
            by_bundle.setdefault(bundle, {})[inner] = content
    for bundle, contents in by_bundle.items():
        target = output / BUNDLES / bundle
        found[target] = not _holds(target, contents)
        if not found[target]:
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
    return found


def _holds(folder: Path, contents: Mapping[str, bytes]) -> bool:
    return all(_is(folder / inner, content) for inner, content in contents.items())


def _replace_all(output: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Puts files in place of those that differ, once all are complete, and returns them."""
    changed = {path: content for path, content in files.items() if not _is(output / path, content)}
    if not changed:
        return []
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=output) as scratch:
        for path, content in changed.items():
            _write_through(Path(scratch) / path, content)
        for path in changed:
            (Path(scratch) / path).replace(output / path)
    return [output / path for path in changed]


def _write_through(file: Path, content: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _ignore_lines(output: Path) -> bytes:
    """The file that tells Airflow not to look for DAGs in bundles; its other lines stay."""
    file = output / IGNORE_FILE
    text = file.read_bytes() if file.exists() else b""
    pattern = f"{BUNDLES}/".encode()
    if pattern in text.split():
        return text
    return text + (b"" if not text or text.endswith(b"\n") else b"\n") + pattern + b"\n"


def _used_bundles(output: Path) -> set[str]:
    """The names of the bundles that DAG files name."""
    text = b"".join(dag.read_bytes() for dag in output.glob("*.py") if dag.is_file())
    return {name.decode() for name in re.findall(rb"%b/([\w.-]+)" % BUNDLES.encode(), text)}


def _remove_unused_bundles(output: Path, before: set[str], grace: float) -> list[Path]:
    """Removes bundles that no DAG file names; folders that are no bundles are left alone.

    The time of a bundle's folder says from when on no DAG file has named it.

    Args:
        output: The folder of the DAG files.
        before: The bundles that were named until now.
        grace: For how many seconds a bundle stays.

    Returns:
        What was removed, in alphabetical order.
    """
    removed = []
    used, now = _used_bundles(output), time.time()
    for bundle in sorted((output / BUNDLES).iterdir()):
        if bundle.name in used or not (bundle / MANIFEST).is_file():
            continue
        if bundle.name in before:
            os.utime(bundle, (now, now))
        if bundle.stat().st_mtime <= now - grace:
            shutil.rmtree(bundle)
            removed.append(bundle)
    return removed
