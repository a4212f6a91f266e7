"""Large artifacts are not read again while nothing has touched them, and whenever something has."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from zruntime.exceptions import ArtifactCorruptError
from zruntime.materializers import load_value, store_value
from zruntime.store import ArtifactRef, LocalStore, marks
from zruntime.store.maintenance import verify

SIZE = 8 << 20


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    with LocalStore(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def ref(store: LocalStore) -> ArtifactRef:
    return store_value(store, np.arange(SIZE // 8, dtype=float))


def bytes_read(action: Callable[[], object]) -> int:
    """Bytes that this process reads from files in `action`, not counting mapped ones."""
    before = _read_so_far()
    action()
    return _read_so_far() - before


def _read_so_far() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


def mark_of(ref: ArtifactRef, seconds_ago: float) -> int:
    """A modification time of that age that could be a mark."""
    then = time.time_ns() - int(seconds_ago * 1e9)
    return then - then % 1_000_000 + int(ref.digest[:8], 16) % 1_000_000


def set_time(path: Path, nanoseconds: int) -> None:
    os.utime(path, ns=(nanoseconds, nanoseconds))


def test_a_large_artifact_is_not_read_to_load_it(store: LocalStore, ref: ArtifactRef) -> None:
    assert bytes_read(lambda: load_value(store, ref)) < SIZE / 10


def test_a_lookup_reads_no_byte_of_an_artifact(store: LocalStore, ref: ArtifactRef) -> None:
    set_time(store.blob(ref), 0)
    assert bytes_read(lambda: store.blobs.has(ref)) < SIZE / 10


@pytest.mark.parametrize("age", [None, 0, 3600.0, 2 * marks.LIFETIME, -3600.0])
def test_an_artifact_with_another_time_is_read_once(
    store: LocalStore, ref: ArtifactRef, age: float | None
) -> None:
    path = store.blob(ref)
    set_time(path, time.time_ns() if age is None else mark_of(ref, age) + (age == 0))
    assert bytes_read(lambda: load_value(store, ref)) >= SIZE
    assert bytes_read(lambda: load_value(store, ref)) < SIZE / 10


def test_an_artifact_that_is_stored_again_is_read_once(store: LocalStore, ref: ArtifactRef) -> None:
    assert store_value(store, load_value(store, ref)).digest == ref.digest
    assert bytes_read(lambda: load_value(store, ref)) >= SIZE


def flip(path: Path) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(SIZE // 2)
        byte = file.read(1)[0]
        file.seek(SIZE // 2)
        file.write(bytes([byte ^ 1]))


def flip_and_set_back(path: Path) -> None:
    written = path.stat().st_mtime_ns
    flip(path)
    set_time(path, written - 100_000_000)


def replace(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.unlink()
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.chmod(0o600)
    os.truncate(path, SIZE // 2)


@pytest.mark.parametrize("damage", [flip, flip_and_set_back, replace, truncate])
def test_damage_is_found(
    store: LocalStore, ref: ArtifactRef, damage: Callable[[Path], None]
) -> None:
    load_value(store, ref)
    damage(store.blob(ref))
    with pytest.raises(ArtifactCorruptError):
        load_value(store, ref)


def test_verify_reads_all(store: LocalStore, ref: ArtifactRef) -> None:
    assert bytes_read(lambda: verify(store)) >= ref.size
