"""DAG files from a git repository: in each checkout, the DAG finds the code of its commit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from airflow_projects import Run
from devtools.airflow_client import wait_until
from devtools.airflow_server import AirflowServer
from git_projects import GitProject

PIPELINE = """
from zcompile import pipeline, step

VERSION = "one"


@step
def work() -> str:
    print(f"This is version {VERSION}.")
    return VERSION


@pipeline
def versioned():
    work()
"""
TEXTS = [PIPELINE, PIPELINE.replace('"one"', '"two"')]
READ = """
import json, sys
from airflow.providers.git.bundles.git import GitDagBundle
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.1
    from airflow.models.dagbag import DagBag
from zruntime.airflow.dagrun import bundle_of

arguments, version = sys.argv[1:]
found = GitDagBundle(name="git", version=version, **json.loads(arguments))
found.initialize()
bag = DagBag(str(found.path), known_pools={"default_pool"})
code = bundle_of(bag.dags["versioned"].get_task("cache_plan"))
print(json.dumps({
    "dags": sorted(bag.dags),
    "errors": bag.import_errors,
    "inside": code.folder.is_relative_to(found.path),
    "text": (code.folder / "pipeline.py").read_text(),
}))
"""


def test_a_version_of_a_git_bundle_has_the_code_of_its_commit(tmp_path: Path) -> None:
    git = GitProject(tmp_path)
    commits = [git.publish(text) for text in TEXTS]
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(tmp_path / "checkouts"),
    }
    for version, text in zip(commits, TEXTS, strict=True):
        command = [sys.executable, "-c", READ, json.dumps(git.bundle), version]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])
        assert found == {"dags": ["versioned"], "errors": {}, "inside": True, "text": text}


def test_an_old_run_is_cleared_and_runs_the_code_of_its_commit(
    airflow: AirflowServer, published: GitProject
) -> None:
    try:
        old, new = (ran(airflow, published, text) for text in TEXTS)
        made = old.xcom("work")["outputs"]
        assert new.xcom("work")["outputs"] != made
        again = old.clear("work")
    finally:
        published.withdraw()
    assert [run.state for run in (old, new, again)] == ["success"] * 3
    assert [shown(old, 1), shown(new, 1), shown(again, 2)] == ["one", "two", "one"]
    assert again.xcom("work")["outputs"] == made


def ran(airflow: AirflowServer, published: GitProject, text: str) -> Run:
    """A run of the pipeline once Airflow has it from the repository."""
    commit = published.publish(text)
    wait_until(
        lambda: airflow.wait_for_dag("versioned")["bundle_version"] == commit or None,
        timeout=60,
        failure=lambda: f"the commit was not parsed: {airflow.import_errors()}",
    )
    run_id = airflow.trigger("versioned")
    state = airflow.wait_for_run("versioned", run_id)
    return Run(airflow, airflow.home / "zcompile", "versioned", run_id, state)


def shown(run: Run, try_number: int) -> str:
    """The version that the step printed."""
    return run.log("work", try_number).partition("This is version ")[2].partition(".")[0]
