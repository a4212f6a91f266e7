"""One running cluster, shared by all tests of this folder; it takes about a minute to start."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_projects import Project
from devtools.cluster import Cluster
from devtools.cluster.server import ROOT

IMPATIENT = {
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    # Celery keeps its states in the database: one that a crash lost is known by this time only.
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "120",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The services of docker-compose.yml, whose DAG files tests write into ``cluster.dags``."""
    # Not below pytest's folder: PostgreSQL's user could not enter that.
    folder = Path(tempfile.mkdtemp(prefix="zcompile-cluster-"))
    folder.chmod(0o755)
    shutil.copytree(ROOT / "dags", folder / "dags")
    try:
        with Cluster(
            folder, folder / "dags", env={"WORKER_CONCURRENCY": "4"}, overrides=IMPATIENT
        ) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def new_project(cluster: Cluster, tmp_path: Path) -> Callable[..., Project]:
    """Makes projects, each with a DAG id of its own."""

    def make(dag_id: str, **dag: Any) -> Project:
        return Project(cluster, tmp_path / dag_id, dag_id, **dag)

    return make
