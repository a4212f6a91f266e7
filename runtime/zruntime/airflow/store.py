"""The store in Airflow's processes."""

from __future__ import annotations

import os
from pathlib import Path

from zruntime import metrics
from zruntime.airflow.stats import AirflowStats
from zruntime.settings import open_store
from zruntime.store import LocalStore


def open_airflow_store() -> LocalStore:
    """Opens the store that `ZCOMPILE_STORE` names, or the one in Airflow's home folder.

    What this process does with it is counted among Airflow's metrics from then on.

    Raises:
        StoreError: if the folder cannot be used.
    """
    os.environ.setdefault("AIRFLOW_HOME", str(Path("~/airflow").expanduser()))
    metrics.collect(AirflowStats())
    return open_store()
