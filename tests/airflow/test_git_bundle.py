"""DAG files from a git repository: in each checkout, the DAG finds the code of its commit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PIPELINE = """
from zcompile import pipeline, step

VERSION = "one"


@step
def work() -> str:
    return VERSION


@pipeline
def versioned():
    work()
"""
READ = """
import json, sys
from airflow.providers.git.bundles.git import GitDagBundle
from airflow.dag_processing.dagbag import DagBag
from zruntime.airflow.dagrun import bundle_of

repository, version = sys.argv[1:]
found = GitDagBundle(
    name="git", repo_url=repository, tracking_ref="main", subdir="dags", version=version
)
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


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=Author", "-c", "user.email=author@example.com")
    command = ["git", *author, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def commit(project: Path, text: str) -> str:
    """Compiles the pipeline, publishes it, and returns the commit."""
    (project / "pipeline.py").write_text(text)
    zcompile = Path(sys.executable).with_name("zcompile")
    # As after a week, when the bundles of former versions are removed.
    command = [zcompile, "pipeline.py", "-o", "dags", "--keep-bundles", "0s"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Compile")
    git(project, "push", "--quiet", "origin", "HEAD:main")
    return git(project, "rev-parse", "HEAD").strip()


def test_a_version_of_a_git_bundle_has_the_code_of_its_commit(tmp_path: Path) -> None:
    repository, project = tmp_path / "repository.git", tmp_path / "project"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", str(repository))
    git(tmp_path, "clone", "--quiet", str(repository), str(project))
    (project / "pyproject.toml").touch()
    texts = [PIPELINE, PIPELINE.replace('"one"', '"two"')]
    commits = [commit(project, text) for text in texts]
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(tmp_path / "checkouts"),
    }
    for version, text in zip(commits, texts, strict=True):
        command = [sys.executable, "-c", READ, str(repository), version]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])
        assert found == {"dags": ["versioned"], "errors": {}, "inside": True, "text": text}
