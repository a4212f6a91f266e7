"""The content of files behind URLs: the version that their file system tells, or their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from zruntime.hashing import Hasher, version_digest

VERSIONS: Final = ("ETag", "etag", "md5Hash", "crc32c", "content_md5", "Content-MD5", "checksum")
"""What file systems call a digest of a file or a name of its version: S3, Google, Azure, HTTP."""

_CHUNK: Final = 1 << 20
_USER: Final = re.compile(r"(?<=://)[^/@\s]*@")


def is_url(pattern: str) -> bool:
    """Whether a pattern is one of files elsewhere."""
    return "://" in pattern


def url_label(url: str) -> str:
    """A URL without user and password."""
    return _USER.sub("", url)


def url_digests(pattern: str) -> dict[str, str]:
    """The digest of each file that matches a URL, by its URL without user and password, in order.

    Where the file system knows a strong ETag, a checksum or a version, no byte is read.

    Args:
        pattern: Any fsspec URL, whose path may hold `*`, `?`, `[]` and `**`; a folder stands for
            all files below it.

    Raises:
        Exception: whatever fsspec or the file system raises: ImportError and ValueError where the
            protocol is not installed, OSError and others where it cannot be reached.
    """
    import fsspec

    files, path = fsspec.core.url_to_fs(pattern)
    files.invalidate_cache()  # listings that it remembers may be of another day
    found = {
        url_label(str(files.unstrip_protocol(name))): _digest(files, name, info)
        for name, info in _infos(files, path)
    }
    return dict(sorted(found.items()))


def _infos(files: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        magic = "[*[]" if path.startswith("http") else "[*?[]"  # there `?` begins a query
        found = files.glob(path, detail=True) if re.search(magic, path) else {}
        found = found or {path: files.info(path)}
    except FileNotFoundError:
        return
    for name, info in found.items():
        if info["type"] == "directory":
            yield from files.find(name, detail=True).items()
        else:
            yield name, info


def _digest(files: Any, name: str, info: Mapping[str, Any]) -> str:
    known = _version(info) or _version(files.info(name))  # listings may tell less
    if known:
        return known
    hasher = Hasher()
    with files.open(name, "rb") as source:
        while chunk := source.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


def _version(info: Mapping[str, Any]) -> str:
    for key in VERSIONS:
        version = str(info.get(key) or "").strip('"')
        if version and not version.startswith("W/"):  # a weak one may stand for other bytes
            return version_digest(key.lower(), version)
    return ""
