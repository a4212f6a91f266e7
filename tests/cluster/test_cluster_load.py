"""Many runs that several clients trigger at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from cluster_projects import Project, Run
from devtools.cluster import Cluster

CLIENTS = 8
RUNS = 200
STARTS = range(1, 5)


def test_each_result_is_computed_once_for_all_runs(
    cluster: Cluster, new_project: Callable[..., Project], capsys: pytest.CaptureFixture[str]
) -> None:
    project = new_project("load", max_active_runs=RUNS)
    known = {start: project.run(start=start).digests for start in STARTS}

    def trigger(number: int) -> Run:
        return project.trigger(start=STARTS[number % len(STARTS)])

    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        runs = list(clients.map(trigger, range(RUNS)))
    assert {run.end() for run in runs} == {"success"}
    taken = time.monotonic() - began
    with capsys.disabled():
        steps = len(runs[0].tasks)
        print(f"\n{RUNS} runs of {steps} cached steps: {taken:.1f} s, {RUNS / taken:.2f} runs/s")

    assert set(project.executed.values()) == {1}
    for number, run in enumerate(runs):
        assert run.digests == known[STARTS[number % len(STARTS)]]
    for start in STARTS:
        assert project.run(start=start, enable_cache=False).digests == known[start]
