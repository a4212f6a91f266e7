"""Two workers with stores of their own, and the remote store that they share."""

from __future__ import annotations

from collections.abc import Callable

from cluster_projects import ZCOMPILE, Project, Run
from devtools.cluster import Cluster

FORKED = """
from airflow.sdk import dag, task

@dag(dag_id="forked", schedule=None)
def forked():
    @task
    def imported():
        import sys
        return "zruntime.airflow.dagrun" in sys.modules

    imported()

forked()
"""


def test_the_digits_pipeline_runs_three_times_as_promised(cluster: Cluster) -> None:
    cluster.wait_for_dag("first_pipeline")
    runs = []
    for conf in ({}, {}, {"enable_cache": False}):
        run = Run(cluster, "first_pipeline", cluster.trigger("first_pipeline", conf))
        assert run.end() == "success"
        runs.append(run)
    assert [run.tasks for run in runs] == [
        {"step_1": "success", "step_2": "success"},
        {"step_1": "skipped", "step_2": "success"},
        {"step_1": "success", "step_2": "success"},
    ]
    assert [run.shown for run in runs] == [
        {"step_1": "completed", "step_2": "completed"},
        {"step_1": "cached", "step_2": "completed"},
        {"step_1": "completed", "step_2": "completed"},
    ]
    assert runs[0].digests == runs[1].digests == runs[2].digests


def test_tasks_of_a_worker_find_what_they_need_imported(cluster: Cluster) -> None:
    (cluster.dags / "forked.py").write_text(FORKED)
    cluster.wait_for_dag("forked")
    run = Run(cluster, "forked", cluster.trigger("forked"))
    assert run.end() == "success"
    assert cluster.xcom("forked", run.run_id, "imported") is True


def test_a_step_computed_on_one_worker_is_a_hit_on_the_other(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    project = new_project("shared_results")
    with cluster.without("worker-2"):
        computed = project.run()
    assert project.workers == {"worker-1"}
    assert set(project.executed.values()) == {1}

    project.forget()
    with cluster.without("worker-1"):
        cached = project.run()
        assert not project.executed
        # One step runs, and reads what the other worker made.
        changed = project.run(last_factor=5)
    assert project.workers == {"worker-2"}
    assert project.executed.total() == 1
    assert set(cached.shown.values()) == {"cached"}
    assert cached.digests == computed.digests
    assert cached.digests == project.run(enable_cache=False).digests
    assert changed.digests == project.run(last_factor=5, enable_cache=False).digests


def test_a_worker_that_is_cut_off_goes_on_and_catches_up(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    project = new_project("cut_off")
    with cluster.without("worker-2"):
        with cluster.cut_off("worker-1"):
            alone = project.run(start=7)
            assert set(project.executed.values()) == {1}
            project.forget()
            again = project.run(start=7)
            assert not project.executed
            assert set(again.tasks.values()) == {"skipped"}
        pushed = cluster.run("worker-1", [ZCOMPILE, "cache", "push"])
        assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert set(alone.shown.values()) == {"completed"}

    with cluster.without("worker-1"):
        elsewhere = project.run(start=7)
    assert not project.executed
    assert elsewhere.digests == alone.digests
    assert elsewhere.digests == project.run(start=7, enable_cache=False).digests
