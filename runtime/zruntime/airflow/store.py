"""The store in Airflow's processes."""

from __future__ import annotations

import os
from pathlib import Path

from zruntime import metrics
from zruntime.airflow.stats import AirflowStats
from zruntime.settings import kept_store, open_store
from zruntime.store import LocalStore


def open_airflow_store() -> LocalStore:
    """Opens the store that `ZCOMPILE_STORE` names, or the one in Airflow's home folder.

    What this process does with it is counted among Airflow's metrics from then on.

    Raises:
        StoreError: if the folder cannot be used.
    """
    _prepare()
    return open_store()


def task_store() -> LocalStore:
    """The same for a task, which leaves it open: Airflow ends a task's process where it stands.

    At closing, SQLite would move its log into the database and sync both, which takes as long as
    to plan a run. So the log stays for the next process, which reads it.
    """
    _prepare()
    return kept_store()


def _prepare() -> None:
    os.environ.setdefault("AIRFLOW_HOME", str(Path("~/airflow").expanduser()))
    metrics.collect(AirflowStats())
