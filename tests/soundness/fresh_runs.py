"""Runs of a project in processes that have never seen it.

``python fresh_runs.py`` is a server: it imports zcompile and what projects may need, and for each
line of JSON that it reads forks a child, which imports the project and runs its pipeline. Forking
takes a hundredth of the time in which a new interpreter imports all of that.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CPU_SECONDS = 10
MEMORY_BYTES = 4 * 2**30


class Runs:
    """A server in a process of its own.

    Args:
        seed: Its hash seed.
        folder: Its working folder.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            text=True,
        )

    def ask(self, folder: Path, entry: str, store: Path, *, enable_cache: bool) -> None:
        """Begins a run of the pipeline in the module `entry`."""
        request = {"folder": str(folder), "entry": entry, "store": str(store)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({**request, "enable_cache": enable_cache}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What became of the run: the state and value of each step, and its error if it failed."""
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """Ends the server."""
        self._process.communicate()


def _serve() -> None:
    import asyncio  # noqa: F401 - imported once, for all children
    import contextlib  # noqa: F401
    import dataclasses  # noqa: F401
    import decimal  # noqa: F401
    import enum  # noqa: F401
    import fractions  # noqa: F401
    import logging
    import pkgutil  # noqa: F401

    import numpy  # noqa: F401
    import pydantic  # noqa: F401

    import zcompile.compiling  # noqa: F401
    import zruntime.fingerprint  # noqa: F401

    logging.disable(logging.CRITICAL)
    sys.dont_write_bytecode = True
    # What is known of a folder that a former child had seen must not be known to the next one.
    sys.path_importer_cache.clear()
    for line in sys.stdin:
        print(_in_a_child(json.loads(line)), flush=True)


def _in_a_child(request: Mapping[str, Any]) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            with os.fdopen(write, "w") as pipe:
                json.dump(_run(request), pipe)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer or json.dumps({"error": "the process died", "steps": []})


def _run(request: Mapping[str, Any]) -> dict[str, Any]:
    os.environ["ZCOMPILE_STORE"] = request["store"]
    sys.path.insert(0, request["folder"])
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # Edits may make a loop that never ends.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        pipeline = __import__(request["entry"]).p
    except Exception as error:
        return {"error": f"{type(error).__name__} at import", "steps": []}
    before = len(pipeline.get_runs())
    error = ""
    try:
        pipeline.with_options(enable_cache=None if request["enable_cache"] else False)()
    except Exception as raised:
        error = type(raised).__name__
    runs = pipeline.get_runs()[before:]
    steps = runs[-1].steps if runs else []
    return {"error": error, "steps": [(step.name, step.status, _value(step)) for step in steps]}


def _value(step: Any) -> str | None:
    return str(step.output.read()) if step.status in DONE else None


DONE = ("completed", "cached")

if __name__ == "__main__":
    _serve()
