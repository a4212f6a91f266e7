"""A user's project in a git repository, from which Airflow takes its DAG files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


class GitProject:
    """A project that is compiled into the folder ``dags`` of a bare repository on this machine.

    Args:
        folder: An empty folder for both.
    """

    def __init__(self, folder: Path) -> None:
        self.repository, self.project = folder / "repository.git", folder / "project"
        self._git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", self.repository)
        self._git(folder, "clone", "--quiet", self.repository, self.project)
        (self.project / "pyproject.toml").touch()
        self.dags = self.project / "dags"
        self.dags.mkdir()
        (self.dags / ".airflowignore").touch()
        self._push()

    @property
    def bundle(self) -> dict[str, str]:
        """The arguments of Airflow's GitDagBundle."""
        return {"repo_url": str(self.repository), "tracking_ref": "main", "subdir": "dags"}

    def publish(self, text: str) -> str:
        """Compiles a pipeline, publishes it, and returns the commit."""
        (self.project / "pipeline.py").write_text(text)
        zcompile = Path(sys.executable).with_name("zcompile")
        # As after a week, when the bundles of former versions are removed.
        command = [zcompile, "pipeline.py", "-o", "dags", "--keep-bundles", "0s"]
        subprocess.run(command, cwd=self.project, check=True, capture_output=True)
        return self._push()

    def withdraw(self) -> None:
        """Publishes that there is no DAG any more."""
        for file in self.dags.glob("*.py"):
            file.unlink()
        self._push()

    def _push(self) -> str:
        self._git(self.project, "add", "--all")
        self._git(self.project, "commit", "--quiet", "--message", "Compile")
        self._git(self.project, "push", "--quiet", "origin", "HEAD:main")
        return self._git(self.project, "rev-parse", "HEAD").strip()

    @staticmethod
    def _git(folder: Path, *arguments: str | Path) -> str:
        author = ("-c", "user.name=Author", "-c", "user.email=author@example.com")
        command = ["git", *author, *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout
