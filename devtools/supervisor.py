"""Runs services and ends them, with every process they started, when asked or orphaned.

The services of Airflow fork workers, rename them and move tasks to process groups of their own, so
neither names nor groups find them all. This process is their subreaper instead: whatever loses its
parent becomes a child of this one, and walking its descendants finds them all. It watches its own
parent, so nothing outlives a parent that was killed.

Run as a script with one argument, the JSON of a :class:`Plan`.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

POLL_SECONDS = 0.1
# As Docker does: the pause doubles, up to a minute, for services that did not run for ten seconds.
RESTART_SECONDS, MOST_RESTART_SECONDS, STEADY_SECONDS = 0.1, 60, 10
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    ``first`` is a command that must succeed before the services start; empty for none.
    ``services`` maps names to commands; each writes to ``folder/<name>.log``, and its process id
    is in ``folder/<name>.pid``. ``folder/lock`` is held while any of the processes lives. A service
    has ``grace`` seconds to end after SIGTERM. With ``restart``, services that ended by themselves
    are started again, all of them; else the supervisor ends, too.
    """

    parent: int
    folder: str
    first: list[str]
    services: dict[str, list[str]]
    grace: float = 5.0
    restart: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def spawn(plan: Plan, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a supervisor with this plan, in a session of its own; SIGTERM ends it and all it runs.

    What it says itself is in ``supervisor.log`` of its folder.
    """
    with (Path(plan.folder) / "supervisor.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-I", __file__, plan.to_json()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def main() -> int:
    plan = Plan(**json.loads(sys.argv[1]))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    with (Path(plan.folder) / "lock").open("a+") as lock:
        if not _hold(lock, plan, stop):
            return 1
        running: list[subprocess.Popen[bytes]] = []
        try:
            return _run(plan, lock, running, stop)
        finally:
            _end(running, plan.grace)


def _run(
    plan: Plan, lock: IO[str], running: list[subprocess.Popen[bytes]], stop: threading.Event
) -> int:
    if plan.first:
        first = _start("first", plan.first, plan, lock)
        running.append(first)
        while first.poll() is None and _wanted(plan, stop):
            stop.wait(POLL_SECONDS)
        if first.returncode != 0:
            return 1
        running.remove(first)
    pause = RESTART_SECONDS
    while _wanted(plan, stop):
        began = time.monotonic()
        running += [_start(name, command, plan, lock) for name, command in plan.services.items()]
        while _wanted(plan, stop) and all(service.poll() is None for service in running):
            stop.wait(POLL_SECONDS)
        if not _wanted(plan, stop):
            break
        for service in running:
            if service.returncode is not None:
                print(f"{service.args!r} ended with {service.returncode}", flush=True)
        if not plan.restart:
            return 1
        _end(running, 0)
        running.clear()
        pause = RESTART_SECONDS if time.monotonic() - began > STEADY_SECONDS else 2 * pause
        stop.wait(min(pause, MOST_RESTART_SECONDS))
    return 0


def _wanted(plan: Plan, stop: threading.Event) -> bool:
    return not stop.is_set() and os.getppid() == plan.parent


def _hold(lock: IO[str], plan: Plan, stop: threading.Event) -> bool:
    """Take the lock; an earlier server that is just ending gets twice its grace to do so."""
    deadline = time.monotonic() + 2 * plan.grace
    while _wanted(plan, stop):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.seek(0)
                print(
                    f"{plan.folder} is in use by another server. "
                    f"If that is not wanted, end it with: pkill -KILL -s {lock.read().strip()}",
                    file=sys.stderr,
                )
                return False
            stop.wait(POLL_SECONDS)
        else:
            lock.truncate(0)
            lock.write(str(os.getsid(0)))
            lock.flush()
            return True
    return False


def _start(name: str, command: list[str], plan: Plan, lock: IO[str]) -> subprocess.Popen[bytes]:
    # Children inherit the lock, so it stays held for as long as any of them lives.
    with (Path(plan.folder) / f"{name}.log").open("ab") as log:
        service = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(lock.fileno(),),
            preexec_fn=_in_child,
        )
    (Path(plan.folder) / f"{name}.pid").write_text(str(service.pid))
    return service


def _in_child() -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _end(running: list[subprocess.Popen[bytes]], grace: float) -> None:
    """Send SIGTERM to each service, then SIGKILL to all that is left.

    Not to the services' groups: a LocalExecutor whose workers are signalled too waits for ever.
    """
    for service in running:
        service.terminate()
    deadline = time.monotonic() + grace
    while any(service.poll() is None for service in running) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    while left := psutil.Process().children(recursive=True):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=1)


if __name__ == "__main__":
    sys.exit(main())
