"""Files below any fsspec URL, which several hosts share."""

from __future__ import annotations

import errno
import logging
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from msgspec import Struct

from zruntime import metrics
from zruntime.exceptions import StoreError

R = TypeVar("R")

_LOG: Final = logging.getLogger("zruntime")
_OBJECT_STORES: Final = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss"}
"""Protocols that have no folders, and whose writes are atomic."""
_S3_PATIENCE: Final = {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 1}}
"""For botocore, which would go on for minutes: here a failed upload is kept and made up for."""
_REFUSED: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT}
_CHUNK: Final = 1 << 20
_USER: Final = re.compile(r"(?<=://)[^/@\s]*@")


class Listed(Struct, frozen=True):
    """What a listing tells of a file.

    Attributes:
        modified: Unix time of its last change, in seconds; 0 if that is not told.
        stamp: Differs between versions of the file; empty if nothing is told that does.
    """

    modified: float
    stamp: str

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> Listed:
        """From what fsspec tells of a file, whose keys are those of its file system."""
        times = (info.get(name) for name in ("mtime", "LastModified", "last_modified", "updated"))
        modified = next((time for time in times if time is not None), 0.0)
        told = [info.get(name) for name in ("ETag", "etag", "ino")]
        is_told = modified != 0.0 or any(value is not None for value in told)
        stamp = repr([*told, str(modified), info.get("size")]) if is_told else ""
        if isinstance(modified, datetime):
            modified = modified.timestamp()
        return cls(modified if isinstance(modified, (int, float)) else 0.0, stamp)


class Remote:
    """Files by name. Where it cannot be reached, nothing is there and nothing can be written.

    The first failure is logged and ends its use: a worker that waited for the network at each
    step would be slower than one without a cache.

    Args:
        url: Any fsspec URL, such as `s3://bucket/folder` or `file:///mnt/share`. Its options come
            from fsspec's own configuration.

    Attributes:
        on_failure: Is called at each kind of failure that it meets, once.

    Raises:
        StoreError: if no file system of that protocol is installed.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._protocol = url.partition("://")[0]
        self._lock = threading.Lock()
        self.on_failure: Callable[[], None] = lambda: None
        self._failures: dict[str, str] = {}
        try:
            self._connect()
        except (ImportError, ValueError) as error:
            raise StoreError(
                f"The remote store {self.label} cannot be used: {_reason(error)}.",
                remedy="Install what its protocol needs, such as zcompile[s3] or zcompile[remote], "
                "or correct ZCOMPILE_REMOTE.",
                code="ZC630",
            ) from None

    @property
    def label(self) -> str:
        """Its URL without user and password."""
        return _USER.sub("", self._url)

    @property
    def problem(self) -> str:
        """The failures that it has met, in words, or an empty string."""
        return " ".join(self._failures.values())

    def read(self, name: str) -> bytes | None:
        """The content of a small file, or None."""
        return self._read(lambda files, root: _start(files, f"{root}/{name}"), None)

    def size(self, name: str) -> int:
        """Bytes of a file, or -1 if there is none."""
        return self._read(lambda files, root: int(files.info(f"{root}/{name}")["size"]), -1)

    def download(self, name: str, target: BinaryIO, size: int) -> bool:
        """Copies a file; whether it was there and could be read to its end.

        Args:
            name: Its name.
            target: Takes the bytes.
            size: How many there should be; it stops soon where there are more.

        Raises:
            Exception: whatever writing to the target raises.
        """
        if 0 < size <= _CHUNK:
            content = self._read(lambda files, root: _start(files, f"{root}/{name}", size + 1), b"")
            target.write(content)
            return len(content) >= size
        source = self._read(lambda files, root: files.open(f"{root}/{name}", "rb"), None)
        if source is None:
            return False
        copied = 0
        with source:
            while copied <= size and (chunk := self._read(lambda *_: source.read(_CHUNK), None)):
                target.write(chunk)
                copied += len(chunk)
        return copied >= size

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder; none where there is no such folder."""

        def names(files: Any, root: str) -> list[str]:
            found = files.ls(f"{root}/{folder}", detail=False)
            return [str(path).rstrip("/").rpartition("/")[2] for path in found]

        return self._read(names, [])

    def listing(self, folder: str) -> dict[str, Listed]:
        """The files in a folder by name; none where there is no such folder."""

        def listing(files: Any, root: str) -> dict[str, Listed]:
            found = files.ls(f"{root}/{folder}", detail=True)
            return {str(info["name"]).rpartition("/")[2]: Listed.of(info) for info in found}

        return self._read(listing, {})

    def write(self, name: str, content: bytes) -> bool:
        """Writes a small file; whether that was possible."""
        return self._put(name, lambda files, path: files.pipe_file(path, content))

    def upload(self, name: str, source: Path) -> bool:
        """Copies a file of this machine; whether that was possible."""
        return self._put(name, lambda files, path: files.put_file(str(source), path))

    def remove(self, name: str) -> bool:
        """Removes a file if it is there; whether it is gone."""

        def remove(files: Any, root: str) -> bool:
            with suppress(FileNotFoundError):
                files.rm_file(f"{root}/{name}")
            return True

        return self._write(remove)

    def _put(self, name: str, put: Callable[[Any, str], object]) -> bool:
        def write(files: Any, root: str) -> bool:
            path = f"{root}/{name}"
            if self._protocol in _OBJECT_STORES:
                put(files, path)
                return True
            # Not `files.transaction`, which threads cannot share. Renaming is atomic where the
            # file system can do that.
            temporary = f"{root}/tmp/{uuid.uuid4().hex}"
            for folder in (f"{root}/tmp", path.rpartition("/")[0]):
                files.makedirs(folder, exist_ok=True)
            try:
                put(files, temporary)
                files.mv(temporary, path)
            finally:
                with suppress(Exception):
                    files.rm_file(temporary)
            return True

        return self._write(write)

    def _read(self, action: Callable[[Any, str], R], absent: R) -> R:
        if "reached" in self._failures:
            return absent
        try:
            return action(*self._connect())
        except FileNotFoundError:
            return absent
        except Exception as error:  # each file system has errors of its own
            self._fail("read" if isinstance(error, PermissionError) else "reached", error)
            return absent

    def _write(self, action: Callable[[Any, str], bool]) -> bool:
        if {"reached", "written"} & {*self._failures}:
            return False
        try:
            return action(*self._connect())
        except Exception as error:  # each file system has errors of its own
            refused = isinstance(error, OSError) and error.errno in _REFUSED
            missing = isinstance(error, (PermissionError, FileNotFoundError))
            self._fail("written" if refused or missing else "reached", error)
            return False

    def _fail(self, what: str, error: Exception) -> None:
        told = f"The remote store {self.label} cannot be {what}: {_reason(error)}."
        with self._lock:
            if what in self._failures or "reached" in self._failures:
                return
            self._failures[what] = told
        metrics.count(metrics.REMOTE_ERROR)
        self.on_failure()
        _LOG.warning("%s Work goes on with the local store.", told)

    def _connect(self) -> tuple[Any, str]:
        # fsspec keeps its file systems, and after a fork makes new ones for the child.
        from fsspec.config import conf
        from fsspec.core import url_to_fs

        options: dict[str, Any] = {"use_listings_cache": False}
        if self._protocol in ("s3", "s3a"):
            chosen = conf.get(self._protocol, {}).get("config_kwargs", {})
            options["config_kwargs"] = {**_S3_PATIENCE, **chosen}
        files, root = url_to_fs(self._url, **options)
        return files, root.rstrip("/")

    def __reduce__(self) -> tuple[type[Remote], tuple[str]]:
        return Remote, (self._url,)


def _start(files: Any, path: str, count: int | None = None) -> bytes:
    """The first bytes of a file, or all: in one request, as s3fs asks for the size otherwise."""
    try:
        return bytes(files.cat_file(path, start=0, end=count))
    except OSError as error:
        if error.errno == errno.EINVAL:  # S3's answer where the file is empty
            return b""
        raise


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return _USER.sub("", f"{type(error).__name__}: {lines[0].rstrip('.')}")
