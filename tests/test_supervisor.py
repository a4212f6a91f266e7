"""The supervisor leaves no process behind, however it or its parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from devtools.supervisor import Plan

SUPERVISOR = Path(__file__).parent.parent / "devtools" / "supervisor.py"
# A service as Airflow's are: it forks a worker that leaves its group and its session.
SERVICE = """
import os, signal, sys, time
from pathlib import Path
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path(sys.argv[1], str(os.getpid())).touch()
time.sleep(600)
"""
PARENT = """
import json, os, subprocess, sys, time
plan = json.loads(sys.argv[2])
plan["parent"] = os.getpid()
subprocess.Popen([sys.executable, sys.argv[1], json.dumps(plan)], start_new_session=True)
time.sleep(600)
"""


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


@pytest.fixture
def plan(tmp_path: Path, pids: Path) -> Plan:
    service = [sys.executable, "-c", SERVICE, str(pids)]
    return Plan(
        parent=os.getpid(),
        folder=str(tmp_path),
        first=[sys.executable, "-c", "print('ready')"],
        services={"one": service, "two": service},
        grace=2,
    )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in 30 s"
        threading.Event().wait(0.02)


def started(pids: Path) -> list[int]:
    until(lambda: len(list(pids.iterdir())) == 4)
    return [int(path.name) for path in pids.iterdir()]


def supervise(plan: Plan) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(SUPERVISOR), plan.to_json()])


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid)]


def test_told_to_stop_it_ends_every_descendant(plan: Plan, pids: Path) -> None:
    supervisor = supervise(plan)
    running = started(pids)
    assert alive(running) == running
    supervisor.terminate()
    assert supervisor.wait(30) == 0
    assert alive(running) == []
    assert (Path(plan.folder) / "first.log").read_text() == "ready\n"


def test_a_killed_parent_takes_every_descendant_along(plan: Plan, pids: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(SUPERVISOR), plan.to_json()])
    running = started(pids)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: not alive(running))
    assert alive(running) == []


def test_a_service_that_ends_ends_the_others(plan: Plan, pids: Path, tmp_path: Path) -> None:
    supervisor = supervise(plan)
    running = started(pids)
    service = next(p for p in running if psutil.Process(p).ppid() == supervisor.pid)
    os.kill(service, signal.SIGKILL)
    assert supervisor.wait(30) == 1
    assert alive(running) == []


def test_a_failing_first_command_starts_no_service(plan: Plan, pids: Path) -> None:
    failing = Plan(plan.parent, plan.folder, ["false"], plan.services, plan.grace)
    assert supervise(failing).wait(30) == 1
    assert list(pids.iterdir()) == []


def test_a_folder_in_use_is_refused_with_the_remedy(plan: Plan, pids: Path) -> None:
    supervisor = supervise(plan)
    running = started(pids)
    second = Plan(plan.parent, plan.folder, [], plan.services, grace=0.2)
    refused = subprocess.run(
        [sys.executable, str(SUPERVISOR), second.to_json()], capture_output=True, text=True
    )
    assert refused.returncode == 1
    assert f"pkill -KILL -s {os.getsid(supervisor.pid)}" in refused.stderr
    assert alive(running) == running
    supervisor.terminate()
    assert supervisor.wait(30) == 0
