"""What a task's process finds imported when it begins."""

from __future__ import annotations

import os
import subprocess
import sys

from devtools.airflow_server import AirflowServer

DAG = """
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
START = """
import sys
{imports}
from airflow.listeners.listener import get_listener_manager

get_listener_manager().hook.on_starting(component=None)
print("zruntime.airflow.dagrun" in sys.modules)
"""
PRELOADED = """
import sys, threading
import zruntime.airflow.preloaded

print("s3fs" in sys.modules, threading.active_count())
"""


def test_tasks_are_forked_with_the_modules_of_the_plan(airflow: AirflowServer) -> None:
    (airflow.dags / "forked.py").write_text(DAG)
    airflow.wait_for_dag("forked")
    run_id = airflow.trigger("forked")
    assert airflow.wait_for_run("forked", run_id) == "success"
    assert airflow.xcom("forked", run_id, "imported") is True


def test_what_forks_no_tasks_imports_none_of_them() -> None:
    assert _starts("") == "False"
    assert _starts("import airflow.jobs.scheduler_job_runner") == "True"


def test_the_file_system_of_the_remote_store_is_imported_but_not_used_before_the_fork() -> None:
    assert _told(PRELOADED, "s3://bucket/folder") == "True 1"
    assert _told(PRELOADED, "nothing://known") == "False 1"


def _starts(imports: str) -> str:
    return _told(START.format(imports=imports))


def _told(code: str, remote: str = "") -> str:
    environment = {**os.environ, "ZCOMPILE_REMOTE": remote}
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    ).stdout
    return told.splitlines()[-1]
