"""The store on disk, used by many processes: killed, forked, waiting, all at once."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from zruntime.history import KEPT, History
from zruntime.store import ArtifactRef, Entry, LocalStore, Producer

PRELUDE = """
import logging, sys
from pathlib import Path
from zruntime.store import LocalStore
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
store = LocalStore(Path(sys.argv[1]))
def say(line):
    print(line, flush=True)
"""

WRITE_HALF = """
with store.write_blob() as blob:
    blob.file.write(b"x" * 10_000_000)
    say("written")
    sys.stdin.read()
"""

HOLD_LEASE = """
with store.lease("k1"):
    say("held")
    sys.stdin.read()
    store.put("left", True)
say("done")
"""

TAKE_LEASE = """
with store.lease("k1"):
    say(f"entered, left={store.get('left')}")
"""


def write(store: LocalStore, data: bytes) -> ArtifactRef:
    with store.write_blob() as blob:
        blob.file.write(data)
    return ArtifactRef(blob.digest, blob.size, "builtins.bytes", "bytes")


def entry_of(key: str, **outputs: ArtifactRef) -> Entry:
    return Entry(key, outputs, Producer("digits", "run 1", "step_1"), duration=0.5, created=1e9)


class Script:
    """A Python process whose lines a test reads."""

    def __init__(self, code: str, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + code, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            text=True,
        )

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(60)

    def close(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def script(code: str, root: Path) -> Iterator[Script]:
    running = Script(code, root)
    try:
        yield running
    finally:
        running.close()


def test_a_writer_that_is_killed_leaves_no_blob(tmp_path: Path) -> None:
    with script(WRITE_HALF, tmp_path) as writer:
        assert writer.line() == "written"
        writer.kill()
    with LocalStore(tmp_path) as store:
        assert list((tmp_path / "cas").rglob("*")) == []
        ref = write(store, b"x" * 10_000_000)
        assert store.blob(ref).stat().st_size == 10_000_000


def test_two_processes_with_one_lease_run_one_after_the_other(tmp_path: Path) -> None:
    with script(HOLD_LEASE, tmp_path) as holder:
        assert holder.line() == "held"
        with script(TAKE_LEASE, tmp_path) as waiter:
            assert waiter.line() == "Waiting for another process that computes the same result."
            holder.go_on()
            assert waiter.line() == "entered, left=True"


def test_a_process_that_waits_for_a_killed_one_goes_on(tmp_path: Path) -> None:
    with script(HOLD_LEASE, tmp_path) as holder:
        assert holder.line() == "held"
        with script(TAKE_LEASE, tmp_path) as waiter:
            assert waiter.line() == "Waiting for another process that computes the same result."
            holder.kill()
            assert waiter.line() == "entered, left=None"


def work(root: Path, number: int) -> tuple[int, bool]:
    """What one of many processes does at once: the same and its own blobs, entries and rows."""
    with LocalStore(root) as store:
        for n in range(10):
            same = write(store, b"same %d" % n * 1000)
            own = write(store, b"own %d of %d" % (n, number))
            store.save(entry_of(f"same{n}", x=same))
            store.save(entry_of(f"own{n}of{number}", x=own, y=same))
            store.increment("runs")
        found = sum(store.lookup(f"own{n}of{number}") is not None for n in range(10))
        return found, store.add("name", number)


def test_eight_processes_write_the_same_and_other_results_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        results = pool.starmap(work, [(tmp_path / "store", number) for number in range(8)], 1)
    assert [found for found, _ in results] == [10] * 8
    assert [added for _, added in results].count(True) == 1
    with LocalStore(tmp_path / "store") as store:
        assert store.get("runs") == 80
        for n in range(10):
            keys = [f"same{n}", *(f"own{n}of{number}" for number in range(8))]
            for entry in map(store.lookup, keys):
                assert entry is not None
                assert all(store.blob(ref).stat().st_size for ref in entry.outputs.values())
        assert len(list((store.root / "cas").glob("*/*"))) == 90
        assert list((store.root / "tmp").iterdir()) == []


def remember(root: Path, number: int) -> None:
    """What runs do at once that end the same step: each adds what its key was made of."""
    with LocalStore(root) as store:
        for n in range(20):
            History(store).remember("digits", "step_1", f"{number} {n}", {"code": str(number)})
            store.update("all", lambda old, n=n: [*(old or ()), [number, n]])


def test_processes_that_remember_results_of_one_step_at_once_lose_none(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(remember, [(tmp_path / "store", number) for number in range(4)], 1)
    with LocalStore(tmp_path / "store") as store:
        assert len(History(store).parts("digits", "step_1")) == KEPT
        assert sorted(store.get("all")) == [[number, n] for number in range(4) for n in range(20)]


def test_a_lease_that_is_held_or_waited_for_outlives_a_removal_of_idle_ones(
    tmp_path: Path,
) -> None:
    with LocalStore(tmp_path) as store, script(HOLD_LEASE, tmp_path) as holder:
        assert holder.line() == "held"
        with store.lease("idle"):
            pass
        store.remove_idle_leases(time.time() - 3600)
        assert len(list((tmp_path / "locks").glob("[!.]*"))) == 2
        store.remove_idle_leases(time.time() + 1)
        assert [path.name for path in (tmp_path / "locks").glob("[!.]*")] == ["k1.lock"]
        with script(TAKE_LEASE, tmp_path) as waiter:
            assert waiter.line() == "Waiting for another process that computes the same result."
            holder.go_on()
            assert waiter.line() == "entered, left=True"


def lease_and_count(root: Path, number: int) -> None:
    """Counts in a way that loses some unless one process at a time does it."""
    with LocalStore(root) as store:
        for _ in range(100):
            with store.lease("k1"):
                store.put("count", (store.get("count") or 0) + 1)
            store.remove_idle_leases(time.time() + 1)


def test_a_lease_excludes_others_while_idle_ones_are_removed(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(lease_and_count, [(tmp_path / "store", number) for number in range(4)], 1)
    with LocalStore(tmp_path / "store") as store:
        assert store.get("count") == 400


def forked(child: Callable[[], None]) -> int:
    """Runs `child` in a forked process; its process id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        child()
        status = 0
    finally:
        os._exit(status)


def test_a_store_works_on_both_sides_of_a_fork(tmp_path: Path) -> None:
    with LocalStore(tmp_path) as store:
        store.put("parent", 1)

        def child() -> None:
            assert store.get("parent") == 1
            with store.lease("k1"):
                store.save(entry_of("k1", x=write(store, b"x")))

        pid = forked(child)
        assert os.waitpid(pid, 0)[1] == 0
        assert store.lookup("k1") is not None
        store.put("parent", 2)
        assert store.get("parent") == 2


def test_a_forked_child_loses_nothing_when_its_parent_closes_the_store(tmp_path: Path) -> None:
    used, unused = LocalStore(tmp_path), LocalStore(tmp_path)
    to_child, to_parent = os.pipe(), os.pipe()

    def child() -> None:
        used.put("while open", 1)
        os.write(to_parent[1], b"x")
        os.read(to_child[0], 1)
        used.put("after close", 1)

    for store in (used, unused):
        store.put("before", 1)
    pid = forked(child)
    os.read(to_parent[0], 1)
    used.close()
    unused.close()
    os.write(to_child[1], b"x")
    assert os.waitpid(pid, 0)[1] == 0
    with LocalStore(tmp_path) as store:
        assert list(store.rows("")) == ["after close", "before", "while open"]
    for descriptor in (*to_child, *to_parent):
        os.close(descriptor)


def test_a_lease_ends_with_its_holder_even_if_a_forked_child_lives_on(tmp_path: Path) -> None:
    code = """
import os
with store.lease("k1"):
    if os.fork():
        say("held")
    sys.stdin.read()
"""
    with script(code, tmp_path) as holder:
        assert holder.line() == "held"
        with script(TAKE_LEASE, tmp_path) as waiter:
            assert waiter.line() == "Waiting for another process that computes the same result."
            holder.kill()
            assert waiter.line() == "entered, left=None"
