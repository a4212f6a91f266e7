"""Services that are killed while a step is being executed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cluster_projects import Project
from devtools.cluster import Cluster


def check(project: Project, run_digests: object) -> None:
    """What the run gave is what a run without a cache gives, and the next one is cached."""
    assert run_digests == project.run(enable_cache=False).digests
    project.forget()
    cached = project.run()
    assert not project.executed
    assert cached.digests == run_digests


def test_a_step_whose_worker_is_killed_is_executed_on_the_other(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    project = new_project("killed_worker")
    project.hold()
    run = project.trigger()
    worker = project.wait_for_step()
    cluster.kill(worker)
    assert project.wait_for_step(2) != worker
    project.let_go()
    assert run.end() == "success"
    executed = project.executed
    assert executed.pop("begin 1") == 2
    assert set(executed.values()) == {1}
    assert set(run.shown.values()) == {"completed"}
    cluster.start_service(worker)
    cluster.wait_healthy(worker)
    check(project, run.digests)


@pytest.mark.parametrize("name", ["scheduler-1", "triggerer"])
def test_a_run_outlives_a_service_that_is_killed_and_started_again(
    cluster: Cluster, new_project: Callable[..., Project], name: str
) -> None:
    project = new_project(f"killed_{name.replace('-', '_')}")
    project.hold()
    run = project.trigger()
    project.wait_for_step()
    cluster.restart(name)
    project.let_go()
    assert run.end() == "success"
    assert set(run.shown.values()) == {"completed"}
    check(project, run.digests)
