"""Files and folders, as tar archives that depend on names and content only."""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from zruntime.exceptions import MaterializerError
from zruntime.materializers.base import BaseMaterializer

_folders: list[tempfile.TemporaryDirectory[str]] = []
"""Where paths were loaded to; removed when the process ends."""


class PathMaterializer(BaseMaterializer):
    """A path: what it points to is stored, and loaded as a copy under the same name."""

    FORMAT: ClassVar[str] = "path/1"

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes the file or folder, sorted, without times and owners.

        Raises:
            MaterializerError: if there is no such file, or in the folder something that is
                neither a file, a folder nor a relative link to one within it.
        """
        root = _existing(value)
        with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            for path in _walk(root):
                _add(archive, path, root)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """The path of a copy in a new temporary folder, which lives as long as the process."""
        folder = tempfile.TemporaryDirectory(prefix="zcompile-")
        _folders.append(folder)
        _check_end(file)
        with tarfile.open(fileobj=file, mode="r:") as archive:
            archive.extractall(folder.name, filter="data")
        (path,) = Path(folder.name).iterdir()
        return path

    def describe(self, value: Any) -> dict[str, Any]:
        """The name and the kind, and for a folder the number of files."""
        root = _existing(value)
        if not root.is_dir():
            return {"name": root.name, "kind": "file"}
        files = sum(path.is_file() for path in _walk(root))
        return {"name": root.name, "kind": "directory", "files": files}


def _check_end(file: BinaryIO) -> None:
    """tarfile takes an archive that was cut between two files for a whole one."""
    end = 2 * tarfile.BLOCKSIZE
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - end))
    if size % tarfile.RECORDSIZE or file.read() != bytes(end):
        raise ValueError("it is no whole archive")
    file.seek(0)


def _existing(value: Path) -> Path:
    path = Path(os.path.abspath(value))  # noqa: PTH100 - resolve() would change a link's name
    if not path.exists():
        raise MaterializerError(
            f"The path {value} does not exist, so its content cannot be stored.",
            remedy="Write the file before returning its path, or return str(path).",
            code="ZC510",
        )
    if not path.name:
        raise MaterializerError(
            f"The path {value} is the root of a file system.",
            remedy="Return a folder below it.",
            code="ZC511",
        )
    return path


def _walk(root: Path) -> Iterator[Path]:
    """`root` and all below it, sorted by name; links to folders are not followed."""
    yield root
    if root.is_dir():
        for path in sorted(root.iterdir()):
            if path.is_symlink():
                yield path
            else:
                yield from _walk(path)


def _add(archive: tarfile.TarFile, path: Path, root: Path) -> None:
    info = tarfile.TarInfo(path.relative_to(root.parent).as_posix())
    if path.is_symlink() and path != root:
        info.type, info.linkname = tarfile.SYMTYPE, _link(path, root)
    elif path.is_dir():
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    elif path.is_file():
        info.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
        info.size = path.stat().st_size
        with path.open("rb") as content:
            archive.addfile(info, content)
        return
    else:
        raise MaterializerError(
            f"{path} is neither a file nor a folder.",
            remedy=f"Remove it from {root}.",
            code="ZC512",
        )
    archive.addfile(info)


def _link(path: Path, root: Path) -> str:
    target = path.readlink()
    if target.is_absolute() or not path.resolve().is_relative_to(root.resolve()):
        raise MaterializerError(
            f"The link {path} points out of {root}, to {target}.",
            remedy="Copy what it points to into the folder.",
            code="ZC513",
        )
    return target.as_posix()
