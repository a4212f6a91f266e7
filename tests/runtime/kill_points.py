"""Kills a run at every call into the system, one after the other, and looks at what comes next.

A program of one thread, so that it can fork a run for each point without importing anything anew:

    python kill_points.py FOLDER [remote]

It prints the number of points, and exits 1 with a traceback at the first point after which the next
run is wrong, or something stays that no garbage collection removes.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from fakes import Code, Function, pipeline_of, run, spec_of, states

from zruntime.materializers import load_value
from zruntime.records import Records
from zruntime.store import LocalStore
from zruntime.store.maintenance import collect_garbage, verify
from zruntime.store.remote import Remote
from zruntime.store.tiered import TieredStore
from zruntime.usage import usage_of

PIPELINE = pipeline_of(
    spec_of("array", outputs={"small": "ndarray", "large": "ndarray"}),
    spec_of("total", inputs={"x": "array.large"}),
)
SYSTEM = {"posix", "fcntl", "io", "_io", "sqlite3"}
"""Modules whose functions and methods change something outside of the process."""
READS = {"fspath", "getpid", "stat", "lstat", "fstat", "fileno", "tell", "closed", "readable"}
"""Those of them which change nothing."""
LARGE = np.arange(400_000.0)


def code() -> Code:
    return Code(
        array=Function(lambda: (np.ones(3), LARGE), outputs=("small", "large")),
        total=Function(lambda x: float(x.sum())),
    )


def opened(root: Path, remote: str) -> LocalStore:
    return TieredStore(root, Remote(remote)) if remote else LocalStore(root)


def step_run(root: Path, remote: str, name: str, allowed: set[str]) -> None:
    """A run whose result has to be right."""
    with opened(root, remote) as store:
        record = run(PIPELINE, store, code(), name)
        assert set(states(record).values()) <= allowed, states(record)
        found = load_value(store, record.steps[1].outputs["output"])
        assert found == float(LARGE.sum()), found


def look(root: Path, remote: str) -> None:
    """The state after a run was killed: the next runs, and what a garbage collection leaves."""
    step_run(root, remote, "next", {"completed", "cached"})
    step_run(root, remote, "last", {"cached"})
    with opened(root, remote) as store:
        entries = [*store.entries()]
        assert len(entries) == 2, entries
        assert verify(store).damaged == ()
        collect_garbage(store, usage_of(Records(store)), grace=0, clock=lambda: time.time() + 60)
        named = {ref.digest for entry in entries for ref in entry.outputs.values()}
        assert {blob.digest for blob in store.blobs.stored()} == named
        if isinstance(store, TieredStore):
            assert store.push().left == 0
    assert [*(root / "tmp").iterdir()] == []
    assert [*(root / "corrupt").iterdir()] == []
    if remote:
        step_run(root.with_name("other"), remote, "other", {"cached"})


def killed_at(point: int, action: Callable[[], None]) -> None:
    """Does something and kills this process before or after its n-th call into the system."""
    passed = 0

    def watch(frame: Any, event: str, function: Any) -> None:
        nonlocal passed
        if event not in ("c_call", "c_return") or function.__name__ in READS:
            return
        owner = getattr(function, "__self__", None)
        module = getattr(function, "__module__", None) or type(owner).__module__
        if module in SYSTEM or type(owner).__module__ in SYSTEM:
            passed += 1
            if passed == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)
    try:
        action()
    finally:
        sys.setprofile(None)


def forked(action: Callable[[], None]) -> int:
    """How a forked process that does something ended: 0, 1, or minus the number of a signal."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            action()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def survives(point: int, here: Path, remote: str) -> bool | None:
    """Whether all is well after a run was killed at a point; None if it has fewer points."""
    root = here / "store"
    # The first opening is a story of its own: what counts is the run.
    opened(root, remote).close()
    states = {"completed", "cached"}
    ended = forked(lambda: killed_at(point, lambda: step_run(root, remote, "killed", states)))
    if ended == 0:
        return None
    return ended == -signal.SIGKILL and forked(lambda: look(root, remote)) == 0


def main(folder: Path, *flags: str) -> int:
    for point in count(1):
        here = folder / str(point)
        here.mkdir()
        fine = survives(point, here, (here / "remote").as_uri() if flags else "")
        shutil.rmtree(here)
        if fine is None:
            print(point - 1)
            return 0
        if not fine:
            break
    print(f"The run was killed at point {point}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
