"""The store on disk: foreign rows, damage, full and read-only disks, permissions."""

from __future__ import annotations

import os
import pickle
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zruntime.exceptions import StoreError
from zruntime.store import ArtifactRef, Entry, LocalStore, Producer
from zruntime.store.sealing import seal, unseal

PICKLED, TEXT_IN_FILE, BYTES_IN_FILE, RAW = 4, 3, 2, 1
"""diskcache's modes of a row."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    with LocalStore(tmp_path / "store") as opened:
        yield opened


def write(store: LocalStore, data: bytes) -> ArtifactRef:
    with store.write_blob() as blob:
        blob.file.write(data)
    return ArtifactRef(blob.digest, blob.size, "builtins.bytes", "bytes")


def entry_of(key: str, **outputs: ArtifactRef) -> Entry:
    return Entry(key, outputs, Producer("digits", "run 1", "step_1"), duration=0.5, created=1e9)


def inject(
    store: LocalStore,
    name: object,
    value: object,
    *,
    raw: int = 1,
    mode: int = RAW,
    file: str | None = None,
) -> None:
    """Writes a row past the store, as somebody who can write to its folder would."""
    with sqlite3.connect(store.root / "index" / "cache.db") as database:
        database.execute("DELETE FROM Cache WHERE key = ?", (name,))
        database.execute(
            "INSERT INTO Cache (key, raw, store_time, access_time, mode, filename, value)"
            " VALUES (?, ?, 0, 0, ?, ?, ?)",
            (name, raw, mode, file, value),
        )
    database.close()


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


# Opening


def test_folders_are_private_and_blobs_read_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with LocalStore(tmp_path / "store") as store:
            path = store.blob(write(store, b"x"))
    finally:
        os.umask(before)
    folders = [store.root, *(found for found in store.root.rglob("*") if found.is_dir())]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
    assert path.stat().st_mode & 0o777 == 0o444
    assert path == store.root / "cas" / path.name[:2] / path.name


def test_what_was_stored_is_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    with LocalStore(tmp_path / "store") as store:
        entry = entry_of("k1", x=write(store, b"x"))
        store.save(entry)
        store.put("run:1", {"a": 1})
    with LocalStore(tmp_path / "store") as again:
        assert again.lookup("k1") == entry
        assert again.get("run:1") == {"a": 1}


def test_a_relative_folder_stays_the_same_when_a_step_changes_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with LocalStore(Path("store")) as store:
        monkeypatch.chdir("/")
        ref = write(store, b"x")
        store.close()
        store.save(entry_of("k1", x=ref))
    with LocalStore(tmp_path / "store") as again:
        assert again.lookup("k1") is not None


def test_a_pickled_store_is_the_same_store(store: LocalStore) -> None:
    store.put("run:1", 1)
    with pickle.loads(pickle.dumps(store)) as copy:
        assert copy.get("run:1") == 1


@pytest.mark.parametrize("path", ["", "cas", "index", "locks"])
def test_a_file_in_the_way_is_an_error_that_names_folder_and_remedy(
    tmp_path: Path, path: str
) -> None:
    root = tmp_path / "store"
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text("a file")
    with pytest.raises(StoreError) as caught:
        LocalStore(root)
    assert str(root) in str(caught.value)
    assert "ZCOMPILE_STORE" in caught.value.remedy


@contextmanager
def without_rights() -> Iterator[None]:
    """As a user who may not write to a folder of mode 0500, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_without_permission_is_an_error_that_names_folder_and_remedy(
    tmp_path: Path,
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with without_rights(), pytest.raises(StoreError, match="Permission denied") as caught:
        LocalStore(locked / "store")
    assert str(locked / "store") in str(caught.value)
    assert "write permission" in caught.value.remedy


@pytest.mark.parametrize("content", [b"this is no database, " * 100, None], ids=["text", "torn"])
def test_a_damaged_index_is_set_aside_and_blobs_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    root = tmp_path / "store"
    with LocalStore(root) as store:
        ref = write(store, b"x")
        store.save(entry_of("k1", x=ref))
    database = root / "index" / "cache.db"
    broken = content or database.read_bytes()[:100] + b"\xff" * 5000
    for n in (1, 2):
        database.write_bytes(broken)
        with LocalStore(root) as store:
            assert store.lookup("k1") is None
            assert store.blob(ref).read_bytes() == b"x"
            store.save(entry_of("k1", x=ref))
            assert store.lookup("k1") is not None
        aside = root / "corrupt" / f"index-{n}"
        assert (aside / "cache.db").read_bytes() == broken
        assert str(aside) in caplog.text


def test_an_index_that_was_just_taking_its_place_when_its_process_was_killed_is_used(
    store: LocalStore,
) -> None:
    store.save(entry_of("k1"))
    store.close()
    (store.root / "index").rename(store.root / "index.new")
    with LocalStore(store.root) as later:
        assert later.lookup("k1") == entry_of("k1")


# Foreign rows


def test_a_pickled_row_is_absent_and_never_unpickled(
    store: LocalStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    for name in ("entry:k1", "row:run:1", "row:runs", "row:name"):
        inject(store, name, bomb, mode=PICKLED)
    inject(store, bomb, "1", raw=0)
    assert store.lookup("k1") is None
    assert store.get("run:1") is None
    assert list(store.rows("")) == []
    assert store.increment("runs") == 1
    assert store.add("name", "mine")
    store.save(entry_of("k1"))
    assert store.lookup("k1") == entry_of("k1")
    assert store.get("name") == "mine"
    assert not (tmp_path / "exploded").exists()
    assert "that zcompile did not write" in caplog.text


@pytest.mark.parametrize("mode", [RAW, BYTES_IN_FILE, TEXT_IN_FILE, PICKLED])
def test_a_row_that_names_a_file_is_absent_and_the_file_is_left_alone(
    store: LocalStore, tmp_path: Path, mode: int
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")) if mode == PICKLED else b"7")
    for name in ("entry:k1", "row:a", "row:b", "row:c"):
        inject(store, name, None, mode=mode, file="../../outside")
    assert store.lookup("k1") is None
    assert store.get("a") is None
    assert list(store.rows("")) == []
    store.put("a", 1)
    assert store.increment("b") == 1
    assert store.add("c", 1)
    inject(store, "row:d", None, mode=mode, file="../../outside")
    store.delete("d")
    assert outside.exists()
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", "{}", '{"key": "k1"}', "[" * 100_000, "9" * 5000],
)
def test_an_entry_of_another_form_is_a_miss(store: LocalStore, text: str) -> None:
    inject(store, "entry:k1", seal("entry:k1", text))
    assert store.lookup("k1") is None


@pytest.mark.parametrize("value", ["", "{}", b"x", 7, 1.5])
def test_a_row_that_was_not_written_as_rows_are_is_a_miss(store: LocalStore, value: object) -> None:
    inject(store, "entry:k1", value)
    assert store.lookup("k1") is None


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('"duration":0.5', '"duration":NaN'),
        ('"duration":0.5', '"duration":"0.5"'),
        ('"size":1', '"size":true'),
        ('"outputs":{', '"outputs":[],"other":{'),
        ('"metadata":{}', '"metadata":[]'),
        ('"run":"run 1"', '"run":null'),
    ],
)
def test_an_entry_with_a_value_of_another_type_is_a_miss(
    store: LocalStore, good: str, bad: str
) -> None:
    store.save(entry_of("k1", x=write(store, b"x")))
    with sqlite3.connect(store.root / "index" / "cache.db") as database:
        ((text,),) = database.execute("SELECT value FROM Cache").fetchall()
    database.close()
    value = unseal("entry:k1", text)
    assert value is not None
    assert good in value
    inject(store, "entry:k1", seal("entry:k1", value))
    assert store.lookup("k1") is not None
    inject(store, "entry:k1", seal("entry:k1", value.replace(good, bad)))
    assert store.lookup("k1") is None


def test_text_that_is_no_unicode_is_absent(store: LocalStore) -> None:
    with sqlite3.connect(store.root / "index" / "cache.db") as database:
        for name in ("X'726F773A61'", "X'726F773AFF'"):
            database.execute(
                "INSERT INTO Cache (key, raw, mode, value)"
                f" VALUES (CAST({name} AS TEXT), 1, 1, CAST(X'FF' AS TEXT))"
            )
    database.close()
    assert store.get("a") is None
    assert [store.get(name) for name in store.rows("")] == [None, None]


def test_the_entry_of_another_key_is_a_miss(store: LocalStore) -> None:
    store.save(entry_of("k1", x=write(store, b"x")))
    store.save(entry_of("k2", x=write(store, b"y")))
    with sqlite3.connect(store.root / "index" / "cache.db") as database:
        ((text,),) = database.execute("SELECT value FROM Cache WHERE key = 'entry:k2'").fetchall()
    database.close()
    inject(store, "entry:k1", text)
    assert store.lookup("k1") is None
    assert store.lookup("k2") is not None


# Full and read-only disks


def fill(folder: Path) -> Path:
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (65536, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return path


@pytest.mark.parametrize("size", [10, 10_000_000], ids=["buffered", "direct"])
def test_a_blob_that_does_not_fit_is_an_error_and_leaves_nothing(
    small_disk: Path, size: int
) -> None:
    with LocalStore(small_disk / "store") as store:
        store.save(entry_of("k1", x=write(store, b"x")))
        filler = fill(small_disk)
        with pytest.raises(StoreError, match="No space left on device") as caught:
            write(store, b"y" * size)
        assert str(store.root) in str(caught.value)
        assert "Free space" in caught.value.remedy
        assert store.lookup("k1") is not None
        filler.unlink()
    with LocalStore(small_disk / "store") as again:
        assert list((again.root / "tmp").iterdir()) == []
        assert again.lookup("k1") is not None
        assert again.blob(write(again, b"z")).read_bytes() == b"z"


def test_a_full_disk_is_reported_even_if_the_writer_hides_it(small_disk: Path) -> None:
    with LocalStore(small_disk / "store") as store:
        fill(small_disk)
        with pytest.raises(StoreError, match="No space left"), store.write_blob() as blob:
            try:
                blob.file.write(b"x" * 10_000_000)
            except OSError:
                raise ValueError("something went wrong") from None
        with pytest.raises(StoreError, match="No space left"), store.write_blob() as blob:
            try:
                blob.file.write(b"x" * 10_000_000)
            except OSError:
                (small_disk / "filler").unlink()
        assert list((store.root / "cas").iterdir()) == []


def test_rows_that_do_not_fit_are_an_error_and_the_store_goes_on(small_disk: Path) -> None:
    with LocalStore(small_disk / "store") as store:
        store.save(entry_of("k1"))
        filler = fill(small_disk)
        with pytest.raises(StoreError, match="full") as caught:
            for n in range(10_000):
                store.put(f"run:{n}", "x" * 1000)
        assert "Free space" in caught.value.remedy
        with pytest.raises(StoreError):
            LocalStore(small_disk / "another")
        filler.unlink()
        store.put("run:last", 1)
        assert store.get("run:last") == 1
        assert store.lookup("k1") is not None


def test_an_os_error_of_the_step_is_not_blamed_on_the_store(store: LocalStore) -> None:
    with pytest.raises(FileNotFoundError), store.write_blob():
        Path("there is no such file").read_bytes()


def test_a_disk_that_becomes_read_only_is_an_error_and_no_hang(small_disk: Path) -> None:
    root = small_disk / "store"
    store = LocalStore(root)
    ref = write(store, b"x")
    store.save(entry_of("k1", x=ref))
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for use in (
        lambda: store.put("run:1", 1),
        lambda: store.increment("runs"),
        lambda: write(store, b"y"),
        lambda: store.lease("another").__enter__(),
        lambda: LocalStore(root),
    ):
        with pytest.raises(StoreError, match=r"cannot be used: \w") as caught:
            use()
        assert str(root) in str(caught.value)
        assert "write permission" in caught.value.remedy
    assert store.blob(ref).read_bytes() == b"x"
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    store.put("run:1", 1)
    assert store.get("run:1") == 1
