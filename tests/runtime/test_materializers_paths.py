"""Files and folders are stored by name and content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from zruntime.exceptions import MaterializerError
from zruntime.materializers import load_value, store_value
from zruntime.store import MemoryStore


@pytest.fixture(scope="module")
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as store:
        yield store


def make_folder(parent: Path) -> Path:
    folder = parent / "model"
    (folder / "deep" / "empty").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(bytes(range(256)))
    (folder / "deep" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "deep" / "run.sh").chmod(0o700)
    (folder / "häß lich").write_text("")
    (folder / "latest").symlink_to("weights.bin")
    return folder


def test_a_file_comes_back_under_its_name(store: MemoryStore, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(b"one\r\n\x00")
    ref = store_value(store, path)
    path.unlink()
    loaded = load_value(store, ref)
    assert (loaded.name, loaded.read_bytes()) == ("report.txt", b"one\r\n\x00")
    assert ref.materializer == "path/1"
    assert ref.metadata == {"name": "report.txt", "kind": "file"}


def test_a_folder_comes_back_with_all_that_is_in_it(store: MemoryStore, tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    ref = store_value(store, folder)
    loaded = load_value(store, ref)
    assert loaded != folder
    names = [sorted(str(p.relative_to(top)) for p in top.rglob("*")) for top in (folder, loaded)]
    assert names[0] == names[1]
    assert (loaded / "weights.bin").read_bytes() == bytes(range(256))
    assert (loaded / "latest").readlink() == Path("weights.bin")
    assert os.access(loaded / "deep" / "run.sh", os.X_OK)
    assert ref.metadata == {"name": "model", "kind": "directory", "files": 4}


def test_times_and_places_do_not_count(store: MemoryStore, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = make_folder(tmp_path / "one"), make_folder(tmp_path / "other")
    os.utime(other / "weights.bin", (1, 1))
    assert store_value(store, one).digest == store_value(store, other).digest
    (other / "weights.bin").write_bytes(b"changed")
    assert store_value(store, one).digest != store_value(store, other).digest


def test_each_load_is_a_copy_of_its_own(store: MemoryStore, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("stored")
    ref = store_value(store, path)
    load_value(store, ref).write_text("changed")
    assert load_value(store, ref).read_text() == "stored"


def test_relative_paths_and_links_are_stored_under_the_name_given(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "v1.txt").write_text("content")
    (tmp_path / "current.txt").symlink_to("v1.txt")
    monkeypatch.chdir(tmp_path)
    loaded = load_value(store, store_value(store, Path("current.txt")))
    assert (loaded.name, loaded.read_text(), loaded.is_symlink()) == (
        "current.txt",
        "content",
        False,
    )
    here = load_value(store, store_value(store, Path()))
    assert here.name == tmp_path.name


def test_a_missing_path_is_an_error(store: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(MaterializerError, match=r"gone\.csv does not exist"):
        store_value(store, tmp_path / "gone.csv")


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside.txt"])
def test_a_link_out_of_the_folder_is_an_error(
    store: MemoryStore, tmp_path: Path, target: str
) -> None:
    (tmp_path / "outside.txt").write_text("x")
    folder = make_folder(tmp_path)
    (folder / "link").symlink_to(target)
    with pytest.raises(MaterializerError, match=r"link.* points out of"):
        store_value(store, folder)


def test_a_pipe_is_an_error(store: MemoryStore, tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    os.mkfifo(folder / "pipe")
    with pytest.raises(MaterializerError, match=r"pipe is neither a file nor a folder"):
        store_value(store, folder)
