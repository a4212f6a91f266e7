"""Becomes Airflow's local settings: what goes wrong in tasks, and which store their DAG uses.

For each DAG a test may write ``faults/<dag_id>.json`` in AIRFLOW_HOME:

* ``store``: folder of the store of its tasks
* ``delete``: by task, a file that is removed just before the task is executed
* ``file_size``: by task, the most bytes that the task may write into one file
* ``env``: environment variables of its tasks; with ``OPENLINEAGE_URL`` they send their events there
* ``kill``: tasks whose process dies at the first try, between the end of its work and its report
"""

from __future__ import annotations

import json
import os
import resource
import signal
from pathlib import Path
from typing import Any

__all__ = ["task_policy"]


def task_policy(task: Any) -> None:
    """Airflow calls it with every task of every DAG that it parses."""
    if hasattr(task, "partial_kwargs"):  # each instance of a mapped task is made of these
        task.partial_kwargs |= {"pre_execute": _before, "post_execute": _after}
    else:
        task._pre_execute_hook = _before
        task._post_execute_hook = _after


def _before(context: Any) -> None:
    faults, task = _faults(context), context["ti"].task_id
    if "store" in faults:
        os.environ["ZCOMPILE_STORE"] = faults["store"]
    os.environ |= faults.get("env", {})
    if "OPENLINEAGE_URL" in faults.get("env", {}):
        _listen()
    if task in faults.get("delete", {}):
        Path(faults["delete"][task]).unlink(missing_ok=True)
    if task in faults.get("file_size", {}):
        most = faults["file_size"][task]
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _listen() -> None:
    """What Airflow does by itself at a task's start where OpenLineage is set up for all DAGs."""
    from airflow.providers.openlineage.plugins.listener import get_openlineage_listener

    try:
        from airflow.sdk.listener import get_listener_manager
    except ImportError:  # Airflow 3.1
        from airflow.listeners.listener import get_listener_manager

    get_listener_manager().add_listener(get_openlineage_listener())


def _after(context: Any, result: Any) -> None:
    if context["ti"].try_number == 1 and context["ti"].task_id in _faults(context).get("kill", []):
        os.kill(os.getpid(), signal.SIGKILL)


def _faults(context: Any) -> dict[str, Any]:
    file = Path(os.environ["AIRFLOW_HOME"], "faults", f"{context['ti'].dag_id}.json")
    return json.loads(file.read_text()) if file.exists() else {}
