"""Many runs that several clients trigger at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cluster_projects import Project, Run
from devtools.cluster import Cluster
from devtools.cluster.load import CLIENTS, Load, at_once

RUNS = 200
STARTS = range(1, 5)


def test_each_result_is_computed_once_for_all_runs(
    cluster: Cluster, new_project: Callable[..., Project], capsys: pytest.CaptureFixture[str]
) -> None:
    project = new_project("load", max_active_runs=RUNS)
    known = {start: project.run(start=start).digests for start in STARTS}

    def trigger(number: int) -> Run:
        return project.trigger(start=STARTS[number % len(STARTS)])

    runs = at_once(trigger, RUNS)
    load = Load.of(cluster, project.dag_id, [run.run_id for run in runs])
    with capsys.disabled():
        print(f"\n{load.told}")

    assert set(project.executed.values()) == {1}
    for number, run in enumerate(runs):
        assert run.digests == known[STARTS[number % len(STARTS)]]
    for start in STARTS:
        assert project.run(start=start, enable_cache=False).digests == known[start]


def test_what_many_runs_want_at_once_is_computed_once_on_a_worker(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    project = new_project("contended")
    project.hold()
    runs = at_once(lambda _: project.trigger(), CLIENTS)
    project.wait_for_step(2)
    project.let_go()
    assert {run.end() for run in runs} == {"success"}
    assert project.workers == {"worker-1", "worker-2"}
    assert set(project.executed_by_worker.values()) == {1}
    oracle = project.run(enable_cache=False).digests
    assert all(run.digests == oracle for run in runs)
