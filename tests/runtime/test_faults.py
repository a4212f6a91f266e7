"""What breaks in the world, injected for real: never a wrong value, a crash, or repair by hand."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import faulty
import pytest
from fakes import Code, Function, first_time, run, with_step
from faulty import CACHED, CHAIN, COMPLETED, chain_code, run_chain
from msgspec.structs import replace

import zruntime
from zruntime.exceptions import StoreError
from zruntime.execution import Executor
from zruntime.hashing import digest_bytes
from zruntime.planning import plan_run
from zruntime.records import Records
from zruntime.settings import open_folder
from zruntime.store import LocalStore
from zruntime.store.maintenance import GRACE, collect_garbage, verify
from zruntime.usage import usage_of

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store in which the pipeline has run."""
    with LocalStore(tmp_path / "store") as store:
        assert run_chain(store, "first") == COMPLETED
    return tmp_path / "store"


def blobs(root: Path) -> list[Path]:
    return sorted((root / "cas").glob("*/*"))


# Killed


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of runs would wait for the disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


@pytest.mark.parametrize("remote", [[], ["remote"]], ids=["local", "remote"])
def test_a_run_may_be_killed_at_any_call_into_the_system(
    quick_folder: Path, remote: list[str]
) -> None:
    command = [sys.executable, str(HERE / "kill_points.py"), str(quick_folder), *remote]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 200, "a run has some hundreds of points"


class Process:
    """A run in a process of its own, whose lines a test reads."""

    def __init__(self, root: Path, what: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "faulty.py"), str(root), what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
            text=True,
        )

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def process(root: Path, what: str) -> Iterator[Process]:
    running = Process(root, what)
    try:
        yield running
    finally:
        running.kill()


def test_the_next_one_computes_when_the_holder_of_the_lease_is_killed(tmp_path: Path) -> None:
    with process(tmp_path, "hold") as first:
        assert first.line() == "begun"
        with process(tmp_path, "hold") as second:
            assert second.line().startswith("Waiting for another process")
            first.kill()
            assert second.line() == "begun"
            second.tell()
            assert second.line() == "completed"
    with LocalStore(tmp_path) as store:
        assert run_chain(store, "after") == {**COMPLETED, "one": "cached"}


def test_of_sixteen_processes_that_want_a_result_one_computes_it(tmp_path: Path) -> None:
    jobs = [(tmp_path / "store", tmp_path / "log", number) for number in range(16)]
    with multiprocessing.get_context("spawn").Pool(16) as pool:
        ends = pool.starmap(faulty.take, jobs, 1)
    assert Counter(ends) == {"completed": 1, "cached": 15}
    assert len((tmp_path / "log").read_text().splitlines()) == 1


# Damaged files


def flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "bit flipped": flip,
    "truncated": lambda data: data[:-1],
    "emptied": lambda data: b"",
    "lengthened": lambda data: data + b"0",
    "deleted": lambda data: None,
}


def damage(path: Path, change: Callable[[bytes], bytes | None]) -> None:
    data = change(path.read_bytes())
    path.unlink()
    if data is not None:
        path.write_bytes(data)


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("which", [0, 1, 2, None], ids=["first", "second", "third", "all"])
def test_a_damaged_artifact_changes_no_result(
    root: Path, change: Callable[[bytes], bytes | None], which: int | None
) -> None:
    for number, path in enumerate(blobs(root)):
        if which in (None, number):
            damage(path, change)
    edited = with_step(CHAIN, "shown", code="edited")
    with LocalStore(root) as store:
        record = run(edited, store, chain_code(), "next")
        assert store.blob(record.steps[2].outputs["output"]).read_bytes() == b'"2"'
        # A flipped bit is found when the file is read, which a hit does not do.
        verify(store)
        run_chain(store, "mended")
        assert run_chain(store, "last") == CACHED
        assert verify(store).damaged == ()


def test_a_deleted_entry_is_computed_again(root: Path) -> None:
    with LocalStore(root) as store:
        for entry in [*store.entries()]:
            store.forget(entry.key)
            assert [*run_chain(store, entry.key).values()].count("completed") == 1
        assert run_chain(store, "last") == CACHED


def settled(root: Path) -> list[dict[str, str]]:
    """How the steps of the next runs end, until all are cached or five runs have ended.

    Each result is checked. SQLite may come upon another damaged page when it is opened again.
    """
    found: list[dict[str, str]] = []
    while CACHED not in found and len(found) < 5:
        with LocalStore(root) as store:
            found.append(run_chain(store, f"run {time.monotonic_ns()}"))
    with LocalStore(root) as store:
        run_chain(store, f"other {time.monotonic_ns()}", start=7)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bits_of_the_index_change_no_result(root: Path, tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)
    for n in range(12):
        copy = tmp_path / f"copy {n}"
        shutil.copytree(root, copy)
        database = copy / "index" / "cache.db"
        data = bytearray(database.read_bytes())
        for _ in range(choose.choice([1, 1, 8, 64])):
            # The first page holds what SQLite and diskcache depend on most.
            end = choose.choice([100, 4096, len(data), len(data)])
            data[choose.randrange(end)] ^= 1 << choose.randrange(8)
        database.write_bytes(data)
        assert settled(copy)[-1] == CACHED
        shutil.rmtree(copy)


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_index_changes_no_result(root: Path, share: float) -> None:
    database = root / "index" / "cache.db"
    os.truncate(database, int(database.stat().st_size * share))
    assert settled(root)[-1] == CACHED


@pytest.mark.parametrize("seed", range(4))
def test_a_torn_log_of_the_index_changes_no_result(root: Path, tmp_path: Path, seed: int) -> None:
    """The files of a store whose machine stopped while it was in use."""
    choose = random.Random(seed)
    with LocalStore(root) as store:
        run_chain(store, "open", start=5)
        shutil.copytree(root, tmp_path / "copy")
    log = tmp_path / "copy" / "index" / "cache.db-wal"
    data = bytearray(log.read_bytes())
    assert data
    for _ in range(4):
        data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
    log.write_bytes(data[: choose.randrange(len(data))])
    assert settled(tmp_path / "copy")[-1] == CACHED


def test_an_index_that_is_damaged_while_it_is_used_is_replaced(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with LocalStore(root) as store, LocalStore(root) as other:
        for each in (store, other):
            assert run_chain(each, f"before {id(each)}") == CACHED
            each.close()
        (root / "index" / "cache.db").write_bytes(b"\xff" * 50_000)
        for each in (store, other, store):
            run_chain(each, f"after {time.monotonic_ns()}")
        assert run_chain(store, "last") == CACHED
        assert run_chain(other, "very last") == CACHED
    assert "set aside" in caplog.text
    assert (root / "corrupt" / "index-1").is_dir()


@pytest.mark.parametrize("folder", ["index", "cas", "tmp", "locks", "corrupt", "."])
def test_a_folder_that_somebody_deleted_is_made_again(root: Path, folder: str) -> None:
    shutil.rmtree(root / folder)
    assert settled(root)[-1] == CACHED


def test_every_row_that_is_damaged_is_absent(root: Path) -> None:
    """Each row in turn loses its digest, as a flipped bit in it does."""
    database = root / "index" / "cache.db"
    with sqlite3.connect(database) as connection:
        names = [name for (name,) in connection.execute("SELECT key FROM Cache")]
    for name in names:
        with sqlite3.connect(database) as connection:
            connection.execute(
                "UPDATE Cache SET value = replace(value, '\"value\":', '\"value\": ')"
                " WHERE key = ?",
                (name,),
            )
        connection.close()
        assert settled(root)[-1] == CACHED


# Full and read-only disks


def test_an_artifact_is_not_stored_if_the_disk_failed_while_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel tells of a lost page once: whoever asks it again hears that all is well."""
    sync, failures = os.fsync, [OSError(errno.EIO, os.strerror(errno.EIO))]

    def fails_once(descriptor: int) -> None:
        sync(descriptor)
        if failures:
            raise failures.pop()

    large = os.urandom(1 << 20) * 100
    with LocalStore(tmp_path) as store:
        monkeypatch.setattr(os, "fsync", fails_once)
        with pytest.raises(StoreError, match="Input/output error"), store.write_blob() as blob:
            blob.file.write(large)
        assert blobs(tmp_path) == []
        assert [*(tmp_path / "tmp").iterdir()] == []
        with store.write_blob() as blob:
            blob.file.write(large)
        assert blobs(tmp_path) == [tmp_path / "cas" / blob.digest[:2] / blob.digest]
        assert blob.digest == digest_bytes(large)


def test_a_full_disk_fails_a_step_with_a_remedy_and_needs_no_repair(small_disk: Path) -> None:
    root = small_disk / "store"
    big = Code(
        one=Function(lambda start: b"x" * 4_000_000),
        double=Function(lambda x: 2 * x),
        shown=Function(lambda x: str(x)),
    )
    with LocalStore(root) as store:
        run_chain(store, "before", start=3)
        with pytest.raises(StoreError, match="No space left") as caught:
            run(CHAIN, store, big, "full")
        assert "Free space" in caught.value.remedy
        assert [*(root / "tmp").iterdir()] == []
        assert run_chain(store, "after", start=3) == CACHED
        run_chain(store, "small")
        assert verify(store).damaged == ()


@pytest.mark.parametrize("closed", [True, False])
def test_where_no_byte_is_left_another_folder_takes_the_place_of_the_store(
    small_disk: Path, caplog: pytest.LogCaptureFixture, closed: bool
) -> None:
    root = small_disk / "store"
    store = LocalStore(root)
    run_chain(store, "before")
    if closed:
        store.close()  # tasks do not: the store can be opened then, but not written
    with (small_disk / "filling").open("wb", buffering=0) as file:  # noqa: SIM117
        with pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(4096))
    with open_folder(root) as spare:
        assert spare.root != root
        run_chain(spare, "full")
    assert "Free space" in caplog.text
    (small_disk / "filling").unlink()
    store.close()
    with open_folder(root) as store:
        assert run_chain(store, "after") == CACHED


def test_a_step_ends_well_even_if_its_entry_does_not_fit(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with LocalStore(small_disk / "store") as store:
        executor = Executor(CHAIN, store, chain_code(), "a")

        def fill(start: int) -> int:
            # The artifact takes one more page, and the index several.
            with (small_disk / "filler").open("wb", buffering=0) as file:
                while True:
                    try:
                        file.write(b"x" * 4096)
                    except OSError:
                        break
                os.truncate(file.fileno(), file.tell() - 4096)
            return start

        executor.code = Code(one=Function(fill))
        result = executor.execute("one", lookup=True)
        assert result.state == "completed"
        assert store.blob(result.outputs["output"]).read_bytes() == b"1"
        assert "cannot be found again" in caplog.text
        (small_disk / "filler").unlink()
        run_chain(store, "after")


def test_steps_are_computed_where_the_store_cannot_be_written(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = small_disk / "store"
    with LocalStore(root) as store:
        run_chain(store, "before")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with open_folder(root) as store:
        assert run_chain(store, "during") == COMPLETED
        assert run_chain(store, "again") == CACHED
    assert f"{root} cannot be used" in caplog.text
    assert "write permission" in caplog.text
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    with open_folder(root) as store:
        assert run_chain(store, "after") == CACHED
        assert [each.name for each in Records(store).runs("numbers")] == ["before", "after"]


# Time and versions


@pytest.mark.parametrize("jump", [-50 * 365 * 86400.0, -3600.0, 3600.0, 50 * 365 * 86400.0])
def test_a_clock_that_jumps_changes_no_result(
    root: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    real = time.time
    jumps = iter(range(1_000_000))

    def jumping() -> float:
        """Right at first, and far away at every other call."""
        return real() + (jump if next(jumps) % 2 else 0.0)

    monkeypatch.setattr(time, "time", jumping)
    with LocalStore(root) as store:
        assert run_chain(store, "hit") == CACHED
        run_chain(store, "miss", start=9)
        record = [*Records(store).runs("numbers")][-1]
        assert all((step.duration or 0.0) >= 0.0 for step in record.steps)
        monkeypatch.setattr(time, "time", real)
        assert run_chain(store, "hit again", start=9) == CACHED


@pytest.mark.parametrize("age", [-50 * 365 * 86400.0, 50 * 365 * 86400.0])
def test_garbage_collection_with_a_wrong_clock_takes_no_result(root: Path, age: float) -> None:
    with LocalStore(root) as store:
        collect_garbage(store, usage_of(Records(store)), clock=lambda: time.time() + age)
        assert run_chain(store, "next") == CACHED
        for path in blobs(root):
            os.utime(path, (time.time() - age,) * 2)
        collect_garbage(store, usage_of(Records(store)))
        assert run_chain(store, "last") == CACHED


def test_two_versions_of_the_package_share_a_store(tmp_path: Path) -> None:
    """The other one writes rows in a newer format: each misses what the other wrote."""
    newer = tmp_path / "newer" / "zruntime"
    shutil.copytree(Path(zruntime.__file__).parent, newer, ignore=shutil.ignore_patterns("web"))
    sealing = newer / "store" / "sealing.py"
    text = sealing.read_text()
    sealing.write_text(text.replace("FORMAT: Final = 1", "FORMAT: Final = 2"))
    assert sealing.read_text() != text

    def work(*path: Path) -> list[str]:
        search = os.pathsep.join(map(str, [*path, HERE, *sys.path]))
        command = [sys.executable, str(HERE / "faulty.py"), str(tmp_path / "store"), "run"]
        environment = {**os.environ, "PYTHONPATH": search}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return ended.stdout.split()[-3:]

    for _ in range(2):
        assert work() == ["completed"] * 3
        assert work() == ["cached"] * 3
        assert work(newer.parent) == ["completed"] * 3
        assert work(newer.parent) == ["cached"] * 3


# Many at once


def test_results_stay_right_while_garbage_is_collected_and_artifacts_are_verified(
    tmp_path: Path,
) -> None:
    root, done = tmp_path / "store", tmp_path / "done"
    with LocalStore(root) as store:
        for start in range(30):
            run_chain(store, f"old {start}", start)
        old = time.time() - 2 * GRACE
        for path in blobs(root):
            os.utime(path, (old, old))
        for entry in [*store.entries()]:
            store.save(replace(entry, created=old))
    context = multiprocessing.get_context("spawn")
    with context.Pool(8) as users, context.Pool(2) as cleaners:
        cleaning = cleaners.starmap_async(faulty.clean, [(root, done)] * 2, 1)
        try:
            hits = users.starmap(faulty.use, [(root, seed) for seed in range(8)], 1)
        finally:
            done.touch()
        assert cleaning.get() == [0, 0]
    assert sum(hits) > 0
    with LocalStore(root) as store:
        assert verify(store).damaged == ()
        assert [*(root / "tmp").iterdir()] == []
        for start in range(30):
            run_chain(store, f"last {start}", start)
            assert run_chain(store, f"very last {start}", start) == CACHED


def test_a_plan_holds_when_what_it_found_is_gone_at_once(root: Path) -> None:
    with LocalStore(root) as store:
        plan = plan_run(CHAIN, store, first_time)
        assert plan.cached == tuple(CACHED)
        for path in blobs(root):
            path.unlink()
        executor = Executor(CHAIN, store, chain_code(), "b", plan.artifacts, plan.origins)
        result = executor.execute("shown", lookup=True)
        assert store.blob(result.outputs["output"]).read_bytes() == b'"2"'
