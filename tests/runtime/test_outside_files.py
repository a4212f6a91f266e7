"""Digests of files and folders, and patterns that match them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zruntime.hashing import digest_bytes
from zruntime.outside import files
from zruntime.outside.files import LIFETIME, STORED_FROM, FileDigests, below, matching
from zruntime.store import MemoryStore
from zruntime.store.maintenance import Usage, collect_garbage

LARGE = b"x" * STORED_FROM


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def remember_another(store: MemoryStore) -> None:
    """Has a store remember a wrong digest of each file, so that one sees whether it is used."""
    for row in store.rows("file-digest/"):
        store.put(row, {**store.get(row), "digest": "remembered"})


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the times of files that were just written for times that tell the next change."""
    monkeypatch.setattr(files, "SETTLED", 0)


@pytest.mark.usefixtures("settled")
def test_a_large_file_is_read_again_only_if_it_was_touched(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    with MemoryStore() as store:
        assert FileDigests(store).of(path) == digest_bytes(LARGE)
        remember_another(store)
        assert FileDigests(store).of(path) == "remembered"

        with path.open("r+b") as file:
            file.write(b"y")
        status = path.stat()
        changed = digest_bytes(b"y" + LARGE[1:])
        assert FileDigests(store).of(path) == changed
        remember_another(store)

        other = tmp_path / "other"
        other.write_bytes(LARGE)
        os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
        other.replace(path)
        assert FileDigests(store).of(path) == digest_bytes(LARGE), "same size and time"


@pytest.mark.parametrize("age", [files.LIFETIME + 1, -3600])
@pytest.mark.usefixtures("settled")
def test_a_digest_is_remembered_for_a_day(age: float, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    with MemoryStore() as store:
        FileDigests(store).of(path)
        (row,) = store.rows("file-digest/")
        known = store.get(row)
        store.put(row, {**known, "digest": "remembered", "read": known["read"] - age})
        assert FileDigests(store).of(path) == digest_bytes(LARGE)


@pytest.mark.usefixtures("settled")
def test_a_small_file_is_read_once_by_each_process(tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_bytes(b"x")
    with MemoryStore() as store:
        digests = FileDigests(store)
        assert [digests.of(path), digests.of(path)] == [digest_bytes(b"x")] * 2
        path.write_bytes(b"y")
        assert digests.of(path) == digest_bytes(b"y")
        assert [*store.rows("")] == [], "nothing is left in the store"


def test_a_file_that_was_just_written_is_always_read(tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.write_bytes(LARGE)
    times = path.stat()
    with MemoryStore() as store:
        digests = FileDigests(store)
        digests.of(path)
        path.write_bytes(b"y" + LARGE[1:])
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert digests.of(path) == digest_bytes(b"y" + LARGE[1:])
        assert [*store.rows("")] == []


@pytest.mark.usefixtures("settled")
def test_a_collection_removes_digests_that_are_remembered_no_longer(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).write_bytes(LARGE)
    with MemoryStore() as store:
        FileDigests(store).of(tmp_path / "old")
        (old,) = store.rows("file-digest/")
        known = store.get(old)
        store.put(old, {**known, "read": known["read"] - LIFETIME - 1})
        FileDigests(store).of(tmp_path / "new")
        collect_garbage(store, Usage(), dry_run=True)
        assert len([*store.rows("file-digest/")]) == 2
        collect_garbage(store, Usage())
        (left,) = store.rows("file-digest/")
        assert left != old


def test_what_is_no_regular_file_is_an_error_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with MemoryStore() as store:
        for path, error in [
            (tmp_path / "pipe", "no regular file"),
            (Path("/dev/zero"), "no regular file"),
            (tmp_path, "directory"),
            (tmp_path / "missing", "No such file"),
        ]:
            with pytest.raises(OSError, match=error):
                FileDigests(store).of(path)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.csv", ["a.csv", "b.csv"]),
        ("./[b-z]*.csv", ["b.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "sub/c.csv", "sub/deep/d.csv"]),
        ("sub", ["sub/.hidden", "sub/c.csv", "sub/deep/d.csv"]),
        ("s*", ["sub/.hidden", "sub/c.csv", "sub/deep/d.csv"]),
        ("a.csv", ["a.csv"]),
        ("x[1].txt", ["x[1].txt"]),
        ("*.parquet", []),
        ("missing", []),
    ],
)
def test_patterns(pattern: str, names: list[str], tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "b.csv", "sub/c.csv", "sub/deep/d.csv", "sub/.hidden", "x[1].txt")
    assert [*matching(pattern, tmp_path)] == names
    assert all((tmp_path / name).read_text() == name for name in names)
    absolute = [*matching(str(tmp_path / pattern), Path("/"))]
    assert absolute == [str(tmp_path / name) for name in names]


def test_links_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    write(tmp_path, "data/a", "other/b")
    (tmp_path / "data/again").symlink_to(tmp_path / "data")
    (tmp_path / "data/other").symlink_to(tmp_path / "other")
    (tmp_path / "data/file").symlink_to(tmp_path / "other/b")
    (tmp_path / "data/empty").mkdir()
    found = [name for name, _ in below(tmp_path / "data")]
    assert found == ["a", "empty/", "file", "other/", "other/b"]
