"""One running Airflow, shared by all tests of this folder: it takes 15 to 20 s to start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from devtools.airflow_server import AirflowServer


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowServer]:
    """An Airflow whose DAG files a test writes into ``airflow.dags``.

    Its artifact store is ``airflow.home / "zcompile"``. Tests share all of it, so each uses DAG ids
    of its own.
    """
    root: Path = tmp_path_factory.mktemp("airflow")
    (root / "dags").mkdir()
    with AirflowServer(home=root / "home", dags=root / "dags") as server:
        yield server
