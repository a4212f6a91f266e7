"""The pipelines and DAG files that are measured."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from devtools.bench.figures import ROOT

_HEAD = '''\
"""A chain of steps, each a function of its own with a parameter."""

from zcompile import pipeline, step


def helper(value: int) -> int:
    return value % 1_000_003

'''

_FIRST = '''
@step
def step_0(factor: int = 1) -> int:
    """Begins the chain."""
    return factor

'''

_STEP = '''
@step
def step_{number}(value: int, factor: int = {number}) -> int:
    """Multiplies by a factor."""
    return helper(value * factor + {number})

'''

_PIPELINE = """
@pipeline
def {name}():
{body}
"""

_ONE_MORE = "value = step_0(factr=1)"

_EMPTY = """\
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG(dag_id="empty_{count}", schedule=None):
"""

NO_OP = """\
from airflow.sdk import dag, task


@dag(schedule=None)
def no_op():
    @task
    def nothing():
        pass

    nothing()


no_op()
"""


def write_chain(folder: Path, count: int) -> Path:
    """Writes the project of a chain of `count` steps, and returns its pipeline file."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    steps = "".join(_STEP.format(number=number) for number in range(1, count))
    calls = ["value = step_0()", *(f"value = step_{number}(value)" for number in range(1, count))]
    body = "\n".join(f"    {call}" for call in calls)
    file = folder / f"chain_{count}.py"
    pipeline = _PIPELINE.format(name=file.stem, body=body)
    file.write_text(_HEAD + _FIRST + steps + pipeline, encoding="utf-8")
    return file


def write_mistakes(folder: Path, count: int) -> Path:
    """Writes a project whose pipeline wires `count` inputs by wrong names; returns its file."""
    file = write_chain(folder, count)
    text = file.read_text(encoding="utf-8")
    wrong = text.replace("(value)\n", "(valu=value)\n").replace("value = step_0()", _ONE_MORE)
    file.write_text(wrong, encoding="utf-8")
    return file


def seconds_of(*arguments: object, code: int = 0, env: Mapping[str, str] | None = None) -> float:
    """Seconds that the command `zcompile` takes, from the start of its process to its end.

    Raises:
        RuntimeError: if it ends with another exit code than `code`.
    """
    command = [str(Path(sys.executable).with_name("zcompile")), *map(str, arguments)]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    took = time.perf_counter() - began
    if done.returncode != code:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.decode()}")
    return took


def compile_to(dags: Path, file: Path) -> Path:
    """Compiles a pipeline file with the command line, and returns the DAG file."""
    zcompile = Path(sys.executable).with_name("zcompile")
    subprocess.run([zcompile, file, "-o", dags], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return dags / file.name


def write_empty(dags: Path, count: int) -> Path:
    """Writes a DAG file with a chain of `count` EmptyOperators."""
    dags.mkdir(parents=True, exist_ok=True)
    tasks = [f'    t{n} = EmptyOperator(task_id="t{n}")' for n in range(count)]
    edges = [f"    t{n} >> t{n + 1}" for n in range(count - 1)]
    file = dags / f"empty_{count}.py"
    file.write_text(_EMPTY.format(count=count) + "\n".join([*tasks, *edges, ""]), encoding="utf-8")
    return file
