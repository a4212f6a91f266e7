"""One running Airflow, shared by all tests of this folder.

Airflow takes 15 to 20 s to start.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from airflow_projects import DIGITS, PIPELINES, NewProject, Project, Run
from devtools.airflow_server import AirflowServer
from git_projects import GitProject
from logins import log_in
from playwright.sync_api import Page
from receivers import StatsdReceiver


@pytest.fixture(scope="session")
def statsd() -> Iterator[StatsdReceiver]:
    """Takes the metrics that zcompile sends in that Airflow."""
    receiver = StatsdReceiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> GitProject:
    """A project whose DAGs that Airflow has from a git repository; it has none at first."""
    return GitProject(tmp_path_factory.mktemp("git"))


@pytest.fixture(scope="session")
def airflow(
    tmp_path_factory: pytest.TempPathFactory, statsd: StatsdReceiver, published: GitProject
) -> Iterator[AirflowServer]:
    """An Airflow whose DAG files a test writes into ``airflow.dags``.

    Its artifact store is ``airflow.home / "zcompile"``. Tests share all of it, so each uses DAG ids
    of its own.
    """
    root: Path = tmp_path_factory.mktemp("airflow")
    (root / "dags").mkdir()
    config = root / "home" / "config"
    config.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("faults.py"), config / "airflow_local_settings.py")
    bundles = [  # git first: Airflow 3.1 drops those before a bundle that has no connection
        {
            "name": "git",
            "classpath": "airflow.providers.git.bundles.git.GitDagBundle",
            "kwargs": {**published.bundle, "refresh_interval": 3},
        },
        {
            "name": "dags-folder",
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {},
        },
    ]
    env = {
        **statsd.env,
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(root / "checkouts"),
    }
    with AirflowServer(home=root / "home", dags=root / "dags", env=env) as server:
        yield server


@pytest.fixture
def new_project(airflow: AirflowServer, tmp_path: Path) -> Iterator[NewProject]:
    """Makes projects from those in ``pipelines``; their DAGs are removed after the test."""
    with ExitStack() as made:

        def make(dag_id: str, source: str, own_store: bool = True, **dag: Any) -> Project:
            folder = tmp_path / dag_id
            project = Project(airflow, PIPELINES / source, folder, dag_id, dag, own_store)
            return made.enter_context(project)

        yield make


@pytest.fixture(scope="session")
def digits(airflow: AirflowServer, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The seed's three runs: the first, a second, and one with the cache switched off.

    They use Airflow's own store.
    """
    folder = tmp_path_factory.mktemp("digits") / "project"
    source = DIGITS / "pipeline.py"
    with Project(airflow, source, folder, "runs_digits", {}, own_store=False) as project:
        project.compile()
        return [project.run(), project.run(), project.run({"enable_cache": False})]


@pytest.fixture
def page(page: Page, airflow: AirflowServer) -> Page:
    """A page of somebody who is logged in."""
    log_in(page.context, airflow)
    return page
