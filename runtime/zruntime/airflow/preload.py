"""Has the scheduler import what its tasks need, so that those which it forks need not.

With the LocalExecutor each task is a fork of the scheduler's. The modules of the plan task take
longer to import than a run of a few dozen cached steps takes to plan.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

from airflow.listeners import hookimpl

_SCHEDULER: Final = "airflow.jobs.scheduler_job_runner"
_NEEDED: Final = "zruntime.airflow.preloaded"


@hookimpl
def on_starting(component: Any) -> None:
    """Airflow calls this as a scheduler starts, before it forks, and as other components do.

    Args:
        component: What starts.
    """
    if _SCHEDULER in sys.modules:
        import_module(_NEEDED)
