"""A process in which real Airflow parses DAG files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self


class DagParser:
    """Parses DAG files by Airflow in a process of its own, where users' packages are missing.

    Args:
        home: Airflow's home folder.
    """

    def __init__(self, home: Path) -> None:
        self._log = (home / "parser.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("parse_dags.py"))],
            env={**os.environ, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def parse(self, path: Path) -> dict[str, Any]:
        """What Airflow reads in a DAG file or a folder of them, by DAG id.

        Raises:
            AssertionError: if a file does not import.
        """
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(str(path)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, Path(self._log.name).read_text()
        found = json.loads(answer)
        assert found["errors"] == {}
        dags: dict[str, Any] = found["dags"]
        return dags

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._log.close()
