"""Services that are killed while a step is being executed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cluster_projects import Project, Run
from devtools.airflow_client import wait_until
from devtools.cluster import Cluster
from devtools.cluster.network import Namespaces


def check(project: Project, run_digests: object) -> None:
    """What the run gave is what a run without a cache gives, and the next one is cached."""
    assert run_digests == project.run(enable_cache=False).digests
    project.forget()
    cached = project.run()
    assert not project.executed
    assert cached.digests == run_digests


def check_first_step_was_done_again(project: Project, run: Run) -> None:
    """The first step was executed on two workers, all others on one."""
    executed = project.executed
    assert executed.pop("begin 1") == 2
    assert set(executed.values()) == {1}
    assert set(run.shown.values()) == {"completed"}


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
    check_first_step_was_done_again(project, run)
    cluster.start_service(worker)
    cluster.wait_healthy(worker)
    check(project, run.digests)


def test_a_step_whose_worker_loses_the_network_is_executed_on_the_other(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    if not isinstance(cluster.network, Namespaces):
        pytest.skip(cluster.network.told)
    project = new_project("unplugged_worker")
    project.hold()
    run = project.trigger()
    worker = project.wait_for_step()
    with cluster.network.unplugged(worker):
        other = project.wait_for_step(2)
        assert other != worker
        project.let_go()  # both of them
        assert run.end() == "success"
    check_first_step_was_done_again(project, run)
    cluster.wait_healthy(worker)
    check(project, run.digests)
    with cluster.without(other):
        project.run(start=2)
    assert project.workers == {worker}


@pytest.mark.parametrize("name", ["scheduler-1", "triggerer"])
def test_a_run_outlives_a_service_that_is_killed_and_started_again(
    cluster: Cluster, new_project: Callable[..., Project], name: str
) -> None:
    project = new_project(f"killed_{name.replace('-', '_')}")
    project.hold()
    run = project.trigger()
    project.wait_for_step()
    cluster.crash(name)
    project.let_go()
    assert run.end() == "success"
    assert set(run.shown.values()) == {"completed"}
    check(project, run.digests)


@pytest.mark.parametrize("name", ["scheduler-1", "scheduler-2"])
def test_a_run_that_two_schedulers_began_is_ended_by_either_alone(
    cluster: Cluster, new_project: Callable[..., Project], name: str
) -> None:
    project = new_project(f"without_{name.replace('-', '_')}")
    project.hold()
    run = project.trigger()
    project.wait_for_step()
    with cluster.without(name):
        project.let_go()
        assert run.end() == "success"
    assert set(project.executed.values()) == {1}
    assert set(run.shown.values()) == {"completed"}
    check(project, run.digests)


STARTS = range(1, 9)


def under_load(project: Project, **conf: object) -> list[Run]:
    """Runs that all have to execute their steps."""
    return [project.trigger(start=start, **conf) for start in STARTS]


def check_all(project: Project, runs: list[Run]) -> None:
    """Each run ended well with what it gives without a cache, and what it made is cached."""
    assert {run.end() for run in runs} == {"success"}
    for run in runs:
        assert set(run.shown.values()) == {"completed"}
    oracle = under_load(project, enable_cache=False)
    assert {run.end() for run in oracle} == {"success"}
    assert [run.digests for run in runs] == [run.digests for run in oracle]
    project.forget()
    assert {run.end() for run in under_load(project)} == {"success"}
    assert not project.executed


def test_nothing_is_lost_while_redis_is_away(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    project = new_project("redis_away", default_args={"retries": 0})
    runs = under_load(project)
    project.wait_for_step(4)
    cluster.kill("redis")
    # Airflow gives up after the third try by default.
    wait_until(
        lambda: (
            "[Try 5 of" in cluster.output("scheduler-1") + cluster.output("scheduler-2") or None
        ),
        timeout=120,
        failure=lambda: "the schedulers have nothing to send",
    )
    cluster.start_service("redis")
    cluster.wait_healthy("redis")
    assert {run.end() for run in runs} == {"success"}
    assert project.executed.total() == len(runs) * len(runs[0].tasks)
    assert set(project.executed.values()) == {1}
    check_all(project, runs)


def test_nothing_is_lost_when_postgresql_crashes(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    project = new_project("crashed_postgres")
    runs = under_load(project)
    project.wait_for_step(4)
    cluster.crash("postgres")
    check_all(project, runs)
