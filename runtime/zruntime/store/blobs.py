"""Immutable files named by the digest of their bytes."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from operator import attrgetter
from pathlib import Path
from typing import Final

from msgspec import Struct

from zruntime.exceptions import ArtifactCorruptError, ArtifactMissingError
from zruntime.hashing import Hasher
from zruntime.store import marks
from zruntime.store.base import ArtifactRef
from zruntime.store.errors import translated, unusable
from zruntime.store.writer import NewBlob

DIGEST: Final = re.compile("[0-9a-f]{64}")
_CHUNK: Final = 1 << 18
_AGAIN: Final = "The step that made it will be computed again."


class StoredBlob(Struct, frozen=True):
    """A blob as it lies on the disk.

    Attributes:
        digest: Its name.
        size: In bytes.
        modified: Unix time at which it was last stored, in seconds.
    """

    digest: str
    size: int
    modified: float


class BlobFolder:
    """The folders `cas` (blobs), `tmp` (being written) and `corrupt` (set aside) of a store.

    Args:
        root: Folder of the store.

    Raises:
        OSError: if the folders cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._blobs = root / "cas"
        self._temporary = root / "tmp"
        self._corrupt = root / "corrupt"
        if not self.is_in_place():
            for folder in (root, self._blobs, self._temporary, self._corrupt):
                folder.mkdir(mode=0o700, parents=folder == root, exist_ok=True)

    def is_in_place(self) -> bool:
        """Whether its folders are there."""
        return all(map(Path.is_dir, (self._blobs, self._temporary, self._corrupt)))

    def has(self, ref: ArtifactRef) -> bool:
        """Whether the blob is there with its size; its bytes are not read."""
        return bool(DIGEST.fullmatch(ref.digest)) and _size(self._file(ref.digest)) == ref.size

    def path(self, digest: str) -> Path:
        """Where the blob of that digest lies if it is there."""
        return Path(self._file(digest))

    def _file(self, digest: str) -> str:
        return f"{self._blobs}/{digest[:2]}/{digest}"

    @contextmanager
    def write(self, expected: str = "", *, synced: bool = True) -> Iterator[NewBlob]:
        """A context in which a new blob is written; see `Store.write_blob`.

        Args:
            expected: The digest that it must have, if that is known.
            synced: Whether it must outlive a power failure. After one, another may be damaged.

        Raises:
            ArtifactCorruptError: if it has another one; nothing is left behind.
        """
        with translated(self._root):
            descriptor, name = tempfile.mkstemp(dir=self._temporary)
        blob = NewBlob(descriptor)
        try:
            yield blob
            with translated(self._root):
                blob.complete()
                if expected not in ("", blob.digest):
                    message = f"Artifact {expected[:12]} is damaged: it has another digest."
                    raise ArtifactCorruptError(message, remedy=_AGAIN, code="ZC620")
                self._publish(blob, descriptor, Path(name), synced)
        except Exception as error:
            if blob.failure is None:
                raise
            raise unusable(self._root, blob.failure) from error
        finally:
            blob.discard()
            os.close(descriptor)
            with suppress(OSError):
                Path(name).unlink()

    def intact(self, ref: ArtifactRef) -> Path:
        """The file of a blob: a large one is not read again unless it was touched, see `marks`.

        Raises:
            ArtifactMissingError, ArtifactCorruptError: as `verified`.
        """
        if DIGEST.fullmatch(ref.digest):
            path = self.path(ref.digest)
            if marks.is_marked(path, ref.digest, ref.size):
                return path
        return self.verified(ref)

    def verified(self, ref: ArtifactRef) -> Path:
        """The file of a blob after reading it once; see `Store.blob`."""
        if not DIGEST.fullmatch(ref.digest):
            message = f"{ref.digest[:12]!r} names no artifact."
            raise ArtifactMissingError(message, remedy=_AGAIN, code="ZC610")
        path = self.path(ref.digest)
        label = f"Artifact {ref.digest[:12]} ({path})"
        with translated(self._root):
            try:
                with path.open("rb", buffering=0) as file:
                    before = _times(file)
                    damage = _damage(file, ref)
                    if damage:
                        self._set_aside(path, file)
                    elif _times(file) == before:
                        marks.mark(file.fileno(), ref.digest)
            except FileNotFoundError:
                message = f"{label} is gone."
                raise ArtifactMissingError(message, remedy=_AGAIN, code="ZC610") from None
        if damage:
            message = f"{label} is damaged: {damage}. The file was set aside in {self._corrupt}."
            raise ArtifactCorruptError(message, remedy=_AGAIN, code="ZC620")
        return path

    def stored(self) -> Iterator[StoredBlob]:
        """All blobs, in the order of their digests; those that vanish meanwhile are left out."""
        for folder in sorted(self._blobs.iterdir()):
            for file in sorted(os.scandir(folder), key=attrgetter("name")):
                with suppress(FileNotFoundError):
                    found = file.stat()
                    yield StoredBlob(file.name, found.st_size, found.st_mtime)

    def leftovers(self, before: float) -> Iterator[Path]:
        """Files of writers that died, and files that were set aside, not changed since a time.

        Args:
            before: Unix time, in seconds.
        """
        for path in (*self._temporary.iterdir(), *self._corrupt.iterdir()):
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < before:
                    yield path

    def remove(self, digest: str, before: float) -> bool:
        """Removes a blob unless it was stored, or stored anew, since a time.

        Whoever reads it at this moment keeps the open file; whoever opens it next finds it missing.

        Args:
            digest: Its digest.
            before: Unix time, in seconds.

        Returns:
            Whether it was removed.
        """
        path = self.path(digest)
        aside = self._temporary / f"{digest}.removed"
        with suppress(FileNotFoundError):
            if path.stat().st_mtime >= before:
                return False
            path.rename(aside)
            # Somebody may have stored it anew just before it was renamed.
            if aside.stat().st_mtime >= before:
                aside.rename(path)
                return False
            aside.unlink()
            return True
        return False

    @property
    def set_aside(self) -> int:
        """How many damaged files and indexes were set aside."""
        return sum(1 for _ in self._corrupt.iterdir())

    def _publish(self, blob: NewBlob, descriptor: int, temporary: Path, synced: bool) -> None:
        path = self.path(blob.digest)
        if not (_is_intact(path, blob) and _made_young(path)):
            os.fchmod(descriptor, 0o444)
            self._make_parent(path.parent, synced)
            if synced:
                os.fsync(descriptor)
                marks.mark(descriptor, blob.digest)
            temporary.replace(path)
        if synced:
            _sync_folder(path.parent)

    def _make_parent(self, folder: Path, synced: bool) -> None:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if synced:
                _sync_folder(self._blobs)

    def _set_aside(self, path: Path, file: io.FileIO) -> None:
        # Somebody may have stored the blob anew meanwhile: only the file that was read is moved.
        with suppress(OSError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                path.replace(self._corrupt / path.name)


def _made_young(path: Path) -> bool:
    """Makes a file as young as a new one, since its age decides when it may be collected.

    Returns:
        Whether the file is there.
    """
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
    return True


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size  # noqa: PTH116 - making a Path takes three times as long
    except OSError:
        return -1


def _times(file: io.FileIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_mtime_ns, found.st_ctime_ns


def _is_intact(path: Path, blob: NewBlob) -> bool:
    """Whether the same bytes lie there already; reading them takes less than an fsync."""
    try:
        with path.open("rb", buffering=0) as file:
            return os.fstat(file.fileno()).st_size == blob.size and _digest(file) == blob.digest
    except OSError:
        return False


def _damage(file: io.FileIO, ref: ArtifactRef) -> str:
    try:
        size = os.fstat(file.fileno()).st_size
        if size != ref.size:
            return f"it has {size} bytes instead of {ref.size}"
        return "" if _digest(file) == ref.digest else "its bytes are not those that were stored"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"


def _digest(file: io.FileIO) -> str:
    # Not mapped: a disk that fails under a mapping kills the process instead of raising.
    hasher = Hasher()
    buffer = memoryview(bytearray(_CHUNK))
    while count := file.readinto(buffer):
        hasher.update(buffer[:count])
    return hasher.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
