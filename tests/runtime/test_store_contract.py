"""What every store does: on disk, in memory, signed, and before a remote one."""

from __future__ import annotations

import io
import json
import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pytest
from msgspec.structs import replace

from zruntime.exceptions import (
    ArtifactCorruptError,
    ArtifactMissingError,
    DuplicateRunNameError,
    StoreError,
)
from zruntime.hashing import digest_bytes
from zruntime.store import ArtifactRef, Entry, LocalStore, MemoryStore, Producer, Rows
from zruntime.store.fetched import TINY
from zruntime.store.remote import Remote
from zruntime.store.tiered import TieredStore

AnyStore = LocalStore | MemoryStore


@pytest.fixture(params=["local", "memory", "signed", "remote"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnyStore]:
    root = tmp_path / "store"
    opened: AnyStore
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "remote":
        shared = tmp_path_factory.mktemp("remote")
        opened = TieredStore(root, Remote(shared.as_uri()), b"secret")
    else:
        opened = LocalStore(root, b"secret" if request.param == "signed" else None)
    with opened:
        yield opened


def copies(store: AnyStore, ref: ArtifactRef) -> list[Path]:
    """The files of an artifact, in all places where the store looks for it."""
    local = store.blob(ref)
    if not isinstance(store, TieredStore):
        return [local]
    shared = Path(store.remote.label.removeprefix("file://"))
    return [local, shared / "cas" / ref.digest[:2] / ref.digest]


def write(store: AnyStore, data: bytes) -> ArtifactRef:
    with store.write_blob() as blob:
        blob.file.write(data)
    return ArtifactRef(blob.digest, blob.size, "builtins.bytes", "bytes", metadata={"shape": [2]})


def entry_of(key: str, **outputs: ArtifactRef) -> Entry:
    return Entry(key, outputs, Producer("digits", "run 1", "step_1"), duration=0.5, created=1e9)


def damage(path: Path, change: Callable[[bytes], bytes]) -> None:
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(change(data))


def flip_a_bit(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


# Entries


def test_a_saved_entry_is_found_as_it_was(store: AnyStore) -> None:
    entry = entry_of("k1", x=write(store, b"x"), y=write(store, b"yy"))
    store.save(entry)
    assert store.lookup("k1") == entry
    assert store.lookup("k2") is None


def test_an_entry_holds_halves_of_surrogate_pairs(store: AnyStore) -> None:
    told = replace(write(store, b"x"), metadata={"preview": "\ud800"})
    store.save(entry_of("k1", x=told))
    assert store.lookup("k1") == entry_of("k1", x=told)


def test_the_later_entry_of_a_key_replaces_the_former(store: AnyStore) -> None:
    store.save(entry_of("k1", x=write(store, b"former")))
    later = entry_of("k1", x=write(store, b"later"))
    store.save(later)
    assert store.lookup("k1") == later


def test_an_entry_without_outputs_is_found(store: AnyStore) -> None:
    store.save(entry_of("k1"))
    assert store.lookup("k1") == entry_of("k1")


@pytest.mark.parametrize(
    "change",
    [Path.unlink, lambda path: damage(path, lambda data: data[:-1])],
    ids=["deleted", "truncated"],
)
def test_an_entry_whose_blob_is_gone_or_short_is_a_miss(
    store: AnyStore, change: Callable[[Path], None]
) -> None:
    kept, lost = write(store, b"kept"), write(store, b"lost" * TINY)
    store.save(entry_of("k1", kept=kept, lost=lost))
    for path in copies(store, lost):
        change(path)
    assert store.lookup("k1") is None


def test_an_entry_that_names_a_file_outside_is_a_miss(store: AnyStore) -> None:
    path = store.blob(write(store, b"x"))
    ref = ArtifactRef(f"../{path.parent.name}/{path.name}", 1, "builtins.bytes", "bytes")
    store.save(entry_of("k1", x=ref))
    assert store.lookup("k1") is None
    with pytest.raises(ArtifactMissingError):
        store.blob(ref)


def test_metadata_that_is_no_json_is_an_error_and_leaves_no_entry(store: AnyStore) -> None:
    blob = write(store, b"x")
    ref = ArtifactRef(blob.digest, blob.size, "float", "json", metadata={"mean": float("nan")})
    with pytest.raises(StoreError, match="not plain JSON data"):
        store.save(entry_of("k1", x=ref))
    assert store.lookup("k1") is None


# Blobs


def test_a_blob_is_a_file_of_the_bytes_named_by_their_digest(store: AnyStore) -> None:
    ref = write(store, b"some bytes")
    assert (ref.digest, ref.size) == (digest_bytes(b"some bytes"), 10)
    path = store.blob(ref)
    assert path.name == ref.digest
    assert path.read_bytes() == b"some bytes"


def test_an_empty_blob_is_a_blob(store: AnyStore) -> None:
    assert store.blob(write(store, b"")).read_bytes() == b""


def test_a_blob_cannot_be_overwritten_by_accident(store: AnyStore) -> None:
    assert store.blob(write(store, b"x")).stat().st_mode & 0o777 == 0o444


def test_the_same_bytes_are_stored_once(store: AnyStore) -> None:
    first = store.blob(write(store, b"x"))
    inode = first.stat().st_ino
    second = store.blob(write(store, b"x"))
    assert (second, second.stat().st_ino) == (first, inode)


def test_a_digest_is_not_given_out_before_the_blob_is_complete(store: AnyStore) -> None:
    with store.write_blob() as blob:
        blob.file.write(b"x")
        with pytest.raises(ValueError, match="once its context has ended"):
            _ = blob.digest
    assert blob.digest == digest_bytes(b"x")


def test_an_exception_while_writing_leaves_nothing_behind(store: AnyStore) -> None:
    folder = store.blob(write(store, b"first")).parents[2]
    before = sorted(folder.rglob("*"))
    with pytest.raises(RuntimeError, match="half way"), store.write_blob() as blob:
        blob.file.write(b"x" * 1_000_000)
        raise RuntimeError("half way")
    assert [path for path in sorted(folder.rglob("*")) if path not in before] == []


def write_array(file: BinaryIO) -> None:
    np.lib.format.write_array(file, np.arange(100_000.0).reshape(100, 1000))


def write_buffer(file: BinaryIO) -> None:
    file.write(np.arange(1_000_000.0).reshape(1000, 1000).data)


def write_pickle(file: BinaryIO) -> None:
    pickle.Pickler(file, protocol=5).dump({"a": [b"x" * 100_000, "y" * 100_000], "b": 1})


def write_arrow(file: BinaryIO) -> None:
    table = pa.table({"a": list(range(10_000)), "b": ["text"] * 10_000})
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def write_text(file: BinaryIO) -> None:
    with io.TextIOWrapper(file, encoding="utf-8") as text:
        json.dump({"ä": list(range(10_000))}, text, ensure_ascii=False)


def write_zip(file: BinaryIO) -> None:
    np.savez(file, a=np.arange(1000), b=np.ones((3, 4)))


@pytest.mark.parametrize(
    "fill", [write_array, write_buffer, write_pickle, write_arrow, write_text, write_zip]
)
def test_libraries_write_to_a_blob_as_to_a_file(
    store: AnyStore, fill: Callable[[BinaryIO], None]
) -> None:
    with store.write_blob() as blob:
        fill(blob.file)
    ref = ArtifactRef(blob.digest, blob.size, "", "")
    assert blob.size > 0
    assert digest_bytes(store.blob(ref).read_bytes()) == blob.digest


def test_arrays_and_tables_are_read_back_from_their_blobs(store: AnyStore) -> None:
    paths = []
    for fill in (write_array, write_arrow):
        with store.write_blob() as blob:
            fill(blob.file)
        paths.append(store.blob(ArtifactRef(blob.digest, blob.size, "", "")))
    array = np.load(paths[0], mmap_mode="r", allow_pickle=False)
    assert np.array_equal(array, np.arange(100_000.0).reshape(100, 1000))
    assert pa.ipc.open_file(paths[1]).read_all().num_rows == 10_000


@pytest.mark.parametrize(
    "change",
    [flip_a_bit, lambda data: data[:-1], lambda data: b"", lambda data: data + b"!"],
    ids=["bit flipped", "truncated", "emptied", "lengthened"],
)
def test_a_damaged_blob_is_set_aside_and_can_be_stored_again(
    store: AnyStore, change: Callable[[bytes], bytes]
) -> None:
    content = b"precious" * TINY
    ref = write(store, content)
    store.save(entry_of("k1", x=ref))
    path, *others = copies(store, ref)
    for file in (path, *others):
        damage(file, change)
    with pytest.raises(ArtifactCorruptError) as caught:
        store.blob(ref)
    assert ref.digest[:12] in str(caught.value)
    assert str(path) in str(caught.value)
    assert "computed again" in str(caught.value)
    assert not path.exists()
    assert [file.name for file in (path.parents[2] / "corrupt").iterdir()] == [ref.digest]
    assert store.lookup("k1") is None
    assert store.blob(write(store, content)).read_bytes() == content
    assert store.lookup("k1") is not None


def test_a_damaged_blob_is_replaced_by_the_next_writer_even_if_nobody_read_it(
    store: AnyStore,
) -> None:
    ref = write(store, b"precious")
    damage(store.blob(ref), lambda data: data[:3])
    write(store, b"precious")
    assert store.blob(ref).read_bytes() == b"precious"


def test_a_deleted_blob_is_missing(store: AnyStore) -> None:
    ref = write(store, b"x")
    for path in copies(store, ref):
        path.unlink()
    with pytest.raises(ArtifactMissingError, match=f"{ref.digest[:12]}.*computed again"):
        store.blob(ref)


# Rows


@pytest.mark.parametrize(
    "value",
    [
        {"b": [1, 2.5, None, True], "a": "ä\ud800"},
        {"ä": ["\u2028\n\x00", 1 << 70, -5e-324, 1.7e308]},
        "text",
        7,
        [],
        "",
    ],
)
def test_a_row_comes_back_as_it_was(store: AnyStore, value: object) -> None:
    store.put("run:1", value)
    assert store.get("run:1") == value


def test_a_row_that_was_never_written_is_none(store: AnyStore) -> None:
    assert store.get("run:1") is None


@pytest.mark.parametrize(
    "value", [{1, 2}, float("inf"), [{"a": float("nan")}], b"bytes", date(2026, 1, 2), object()]
)
def test_a_value_that_is_no_json_is_an_error(store: AnyStore, value: object) -> None:
    with pytest.raises(StoreError, match=r"'run:1'.*not plain JSON data"):
        store.put("run:1", value)
    assert store.get("run:1") is None


def test_a_row_whose_name_is_no_unicode_is_an_error(store: AnyStore) -> None:
    with pytest.raises(StoreError, match="not Unicode text"):
        store.put("run:\ud800", 1)
    assert list(store.rows("")) == []


def test_a_stored_value_does_not_change_with_the_callers_object(store: AnyStore) -> None:
    value = [1]
    store.put("run:1", value)
    value.append(2)
    assert store.get("run:1") == [1]


@pytest.mark.parametrize("value", ["first", None])
def test_only_the_first_add_writes(store: AnyStore, value: object) -> None:
    assert store.add("run:1", value)
    assert not store.add("run:1", "second")
    assert store.get("run:1") == value


def test_a_deleted_row_is_gone_and_may_be_added_again(store: AnyStore) -> None:
    store.put("run:1", "first")
    store.put("run:10", "kept")
    store.delete("run:1")
    store.delete("never written")
    assert store.get("run:1") is None
    assert list(store.rows("run:")) == ["run:10"]
    assert store.add("run:1", "second")


def test_a_counter_counts_from_one_or_from_what_was_put(store: AnyStore) -> None:
    assert [store.increment("runs"), store.increment("runs")] == [1, 2]
    store.put("runs", 2**70)
    assert store.increment("runs") == 2**70 + 1 == store.get("runs")


def test_a_row_is_updated_from_what_it_holds_or_kept(store: AnyStore) -> None:
    store.update("run:1", lambda old: [old])
    store.update("run:1", lambda old: [*old, "second"])
    assert store.get("run:1") == [None, "second"]
    store.update("run:1", lambda _: None)
    assert store.get("run:1") == [None, "second"]


def test_rows_are_deleted_together_unless_one_has_changed(store: AnyStore) -> None:
    for name in ("run:1", "step:1", "step:2"):
        store.put(name, {"n": 1})
    assert not store.delete_all(["run:1", "step:1"], "run:1", {"n": 2})
    assert not store.delete_all(["run:1", "step:1"], "run:2", {"n": 1})
    assert list(store.rows("")) == ["run:1", "step:1", "step:2"]
    assert store.delete_all(["run:1", "step:1", "step:3"], "run:1", {"n": 1})
    assert list(store.rows("")) == ["step:2"]


@pytest.mark.parametrize("value", ["text", True, 1.5, None])
def test_a_row_that_is_no_counter_is_not_counted(store: AnyStore, value: object) -> None:
    store.put("runs", value)
    with pytest.raises(StoreError, match="no counter"):
        store.increment("runs")
    assert store.get("runs") == value


def test_what_is_written_in_a_transaction_is_written_as_a_whole(store: AnyStore) -> None:
    store.put("kept", "old")

    def written(rows: Rows) -> list[str]:
        number = rows.increment("runs")
        rows.put("kept", "new")
        rows.delete("gone")
        assert rows.get("kept") == "new"
        assert rows.add(f"run:{number}", "first")
        return list(rows.rows("run:"))

    def failing(rows: Rows) -> None:
        written(rows)
        raise DuplicateRunNameError("The name is taken.")

    store.put("gone", 1)
    with pytest.raises(DuplicateRunNameError):
        store.transact(failing)
    assert (store.get("kept"), store.get("runs"), store.get("gone")) == ("old", None, 1)
    assert store.transact(written) == ["run:1"]
    assert (store.get("kept"), store.get("runs"), store.get("gone")) == ("new", 1, None)


def test_rows_are_listed_by_prefix_in_order(store: AnyStore) -> None:
    for name in ["run:b", "run:a", "run", "runs", "run:\U0010ffff", "run:ä", "other"]:
        store.put(name, 1)
    store.increment("run:n")
    assert list(store.rows("run:")) == ["run:a", "run:b", "run:n", "run:ä", "run:\U0010ffff"]
    assert len(list(store.rows(""))) == 8


def test_the_version_of_rows_changes_with_any_of_them(store: AnyStore) -> None:
    changes: list[Callable[[], object]] = [
        lambda: store.put("run/1", {"n": 1}),
        lambda: store.put("run/1", {"n": 2}),
        lambda: store.put("step/1/a", 1),
        lambda: store.put("step/1/b", 1),
        lambda: store.delete("step/1/a"),
        lambda: store.delete("run/1"),
    ]
    seen = [store.version(["run/1"], ["step/1/"])]
    for change in changes:
        change()
        seen.append(store.version(["run/1"], ["step/1/"]))
        store.put("run/12", len(seen))
        store.put("step/12/a", len(seen))
        assert store.version(["run/1"], ["step/1/"]) == seen[-1], "other rows are no part of it"
    assert len(set(seen)) == len(seen)


def test_a_row_of_any_name_is_no_entry_and_an_entry_no_row(store: AnyStore) -> None:
    store.save(entry_of("k1"))
    assert list(store.rows("")) == []
    assert store.get("entry:k1") is None
    store.put("entry:k2", entry_of("k2").to_json())
    store.put("k2", entry_of("k2").to_json())
    assert store.lookup("k2") is None


def test_rows_may_be_written_while_they_are_listed(store: AnyStore) -> None:
    store.put("run:1", 1)
    for name in store.rows("run:"):
        store.put(name + "0", 1)
    assert list(store.rows("run:")) == ["run:1", "run:10"]


def test_threads_count_every_increment_and_one_of_them_adds(store: AnyStore) -> None:
    added = []

    def work() -> None:
        for _ in range(50):
            store.increment("runs")
        added.append(store.add("name", "x"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("runs") == 400
    assert sorted(added) == [False] * 7 + [True]


# Leases


class Heard(logging.Handler):
    """Lets a test wait for a log line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.event = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.event.set()


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, logger = Heard(), logging.getLogger("zruntime")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_a_second_thread_waits_for_a_lease_and_says_so_once(store: AnyStore, heard: Heard) -> None:
    order: list[str] = []
    waits: list[float] = []

    def second() -> None:
        with store.lease("k1") as waited:
            order.append("second")
            waits.append(waited)

    thread = threading.Thread(target=second)
    with store.lease("k1") as waited:
        thread.start()
        assert heard.event.wait(30)
        order.append("first")
        waits.append(waited)
    thread.join(30)
    assert order == ["first", "second"]
    assert waits[0] == 0.0 < waits[1]
    assert heard.lines == ["Waiting for another process that computes the same result."]


def test_leases_of_two_keys_do_not_exclude_each_other(store: AnyStore, heard: Heard) -> None:
    with store.lease("k1"), store.lease("k2"):
        pass
    assert heard.lines == []


def test_a_lease_is_free_after_an_exception(store: AnyStore, heard: Heard) -> None:
    with pytest.raises(RuntimeError), store.lease("k1"):
        raise RuntimeError
    with store.lease("k1"):
        pass
    assert heard.lines == []


@pytest.mark.parametrize("key", ["../../outside", "a/b", "ä \x00", "x" * 300, ""])
def test_a_lease_of_any_key_stays_inside_the_store(
    store: AnyStore, key: str, tmp_path: Path
) -> None:
    with store.lease(key):
        assert {path.name for path in tmp_path.iterdir()} <= {"store"}
