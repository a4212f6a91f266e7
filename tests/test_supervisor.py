"""The supervisor leaves no process behind, however it or its parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import psutil
import pytest
from devtools.supervisor import Plan

SUPERVISOR = Path(__file__).parent.parent / "devtools" / "supervisor.py"
# A service as Airflow's are: it forks a worker that leaves its group and its session.
SERVICE = """
import os, signal, sys
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "w") as started:
    started.write(f"{os.getpid()}\\n")
signal.pause()
"""
PARENT = """
import json, os, signal, subprocess, sys
plan = json.loads(sys.argv[2])
plan["parent"] = os.getpid()
subprocess.Popen([sys.executable, sys.argv[1], json.dumps(plan)], start_new_session=True)
signal.pause()
"""


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[IO[str]]:
    """The ids that services and their workers tell, a line for each."""
    pipe = tmp_path / "pids"
    os.mkfifo(pipe)
    # Open for writing too, so that it does not end between two of them.
    with os.fdopen(os.open(pipe, os.O_RDWR), closefd=True) as lines:
        yield lines


@pytest.fixture
def plan(tmp_path: Path, pids: IO[str]) -> Plan:
    service = [sys.executable, "-c", SERVICE, str(tmp_path / "pids")]
    return Plan(
        parent=os.getpid(),
        folder=str(tmp_path),
        first=[sys.executable, "-c", "print('ready')"],
        services={"one": service, "two": service},
        grace=2,
    )


def started(pids: IO[str]) -> list[int]:
    return [int(pids.readline()) for _ in range(4)]


def supervise(plan: Plan) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(SUPERVISOR), plan.to_json()])


def service_of(supervisor: subprocess.Popen[bytes], pids: list[int]) -> int:
    """One of the two that are services; a worker's end ends no service."""
    return next(pid for pid in pids if psutil.Process(pid).ppid() == supervisor.pid)


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid)]


def test_a_service_that_ended_is_started_again_where_its_policy_says_so(
    plan: Plan, pids: IO[str]
) -> None:
    supervisor = supervise(replace(plan, restart=True))
    before = started(pids)
    os.kill(service_of(supervisor, before), signal.SIGKILL)
    after = started(pids)
    assert alive(before) == []
    supervisor.terminate()
    assert supervisor.wait(30) == 0
    assert alive(after) == []


def test_told_to_stop_it_ends_every_descendant(plan: Plan, pids: IO[str]) -> None:
    supervisor = supervise(plan)
    running = started(pids)
    assert alive(running) == running
    supervisor.terminate()
    assert supervisor.wait(30) == 0
    assert alive(running) == []
    assert (Path(plan.folder) / "first.log").read_text() == "ready\n"


def test_a_killed_parent_takes_every_descendant_along(plan: Plan, pids: IO[str]) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(SUPERVISOR), plan.to_json()])
    running = started(pids)
    processes = [psutil.Process(pid) for pid in running]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _, left = psutil.wait_procs(processes, timeout=30)
    assert left == []


def test_a_service_that_ends_ends_the_others(plan: Plan, pids: IO[str]) -> None:
    supervisor = supervise(plan)
    running = started(pids)
    os.kill(service_of(supervisor, running), signal.SIGKILL)
    assert supervisor.wait(30) == 1
    assert alive(running) == []


def test_a_failing_first_command_starts_no_service(plan: Plan) -> None:
    failing = Plan(plan.parent, plan.folder, ["false"], plan.services, plan.grace)
    assert supervise(failing).wait(30) == 1
    assert sorted(path.name for path in Path(plan.folder).glob("*.log")) == ["first.log"]


def test_a_folder_in_use_is_refused_with_the_remedy(plan: Plan, pids: IO[str]) -> None:
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
