"""The pipelines and DAG files that are measured."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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

_ARRAYS_HEAD = '''\
"""A chain of steps that pass arrays of a given size along."""

import numpy as np

from zcompile import pipeline, step


@step
def step_0(size: int) -> np.ndarray:
    return np.arange(size // 8, dtype=float)

'''

_ARRAYS_STEP = """
@step
def step_{number}(values: np.ndarray) -> np.ndarray:
    return values + {number}

"""

_ARRAYS_PIPELINE = """
@pipeline
def arrays(size: int = 1000):
    value = step_0(size)
{body}
"""

_VIEWS = '''\
"""The digits pipeline, with arrays that are views of others."""

from typing import Annotated

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from zcompile import pipeline, step


@step
def load() -> tuple[Annotated[np.ndarray, "X"], Annotated[np.ndarray, "y"]]:
    digits = load_digits()
    return np.asfortranarray(digits.data), digits.target


@step
def split(
    X: np.ndarray, y: np.ndarray
) -> tuple[Annotated[np.ndarray, "X_train"], Annotated[np.ndarray, "y_train"]]:
    return X[::2], y[::2]


@step
def train(X_train: np.ndarray, y_train: np.ndarray) -> ClassifierMixin:
    return SVC(gamma=0.001).fit(X_train, y_train)


@pipeline
def views():
    train(*split(*load()))
'''

_MODULE = '''\
"""Steps that share a helper of another module."""

from {package}.shared import scaled
from zcompile import step

LIMIT_{number} = {number}


def bounded_{number}(value: int) -> int:
    return min(scaled(value), 1_000_000 + LIMIT_{number})

'''

_SHARED = """\
FACTOR = 3


def scaled(value: int) -> int:
    return value * FACTOR
"""

_MODULE_STEP = '''
@step
def step_{number}(value: int) -> int:
    """Bounds a value."""
    return bounded_{module}(value) + {number}

'''

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


def write_arrays(folder: Path, count: int) -> Path:
    """Writes a chain of `count` steps that pass arrays along; its parameter is their bytes."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    steps = "".join(_ARRAYS_STEP.format(number=number) for number in range(1, count))
    body = "\n".join(f"    value = step_{number}(value)" for number in range(1, count))
    file = folder / "arrays.py"
    file.write_text(_ARRAYS_HEAD + steps + _ARRAYS_PIPELINE.format(body=body), encoding="utf-8")
    return file


def write_views(folder: Path) -> Path:
    """Writes the digits pipeline with steps that return views; returns its file."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    file = folder / "views.py"
    file.write_text(_VIEWS, encoding="utf-8")
    return file


def write_modules(folder: Path, count: int, modules: int) -> Path:
    """Writes a chain of `count` steps that lie in several modules of a package."""
    package = folder / "bounding"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (package / "shared.py").write_text(_SHARED, encoding="utf-8")
    for module in range(modules):
        steps = (
            _MODULE_STEP.format(number=number, module=module)
            for number in range(module, count, modules)
        )
        text = _MODULE.format(package=package.name, number=module) + "".join(steps)
        (package / f"part_{module}.py").write_text(text, encoding="utf-8")
    imports = "".join(
        f"from {package.name}.part_{number % modules} import step_{number}\n"
        for number in range(count)
    )
    body = "\n".join(f"    value = step_{number}(value)" for number in range(count))
    file = folder / "many.py"
    pipeline = _PIPELINE.format(name="many", body=f"    value = 1\n{body}")
    file.write_text(f"{imports}from zcompile import pipeline\n{pipeline}", encoding="utf-8")
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


def compile_to(dags: Path, file: Path, config: Path | None = None) -> Path:
    """Compiles a pipeline file with the command line, and returns the DAG file."""
    zcompile = Path(sys.executable).with_name("zcompile")
    options: list[str | Path] = [] if config is None else ["-c", config]
    command = [zcompile, file, "-o", dags, *options]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return dags / file.name


def write_empty(dags: Path, count: int) -> Path:
    """Writes a DAG file with a chain of `count` EmptyOperators."""
    dags.mkdir(parents=True, exist_ok=True)
    tasks = [f'    t{n} = EmptyOperator(task_id="t{n}")' for n in range(count)]
    edges = [f"    t{n} >> t{n + 1}" for n in range(count - 1)]
    file = dags / f"empty_{count}.py"
    file.write_text(_EMPTY.format(count=count) + "\n".join([*tasks, *edges, ""]), encoding="utf-8")
    return file


def import_file(file: Path) -> Any:
    """Imports a pipeline file as a module."""
    sys.path.insert(0, str(file.parent))
    return importlib.import_module(file.stem)


def compiled(instance: Any) -> tuple[Any, Any, Any]:
    """The graph, the `PipelineSpec` and the project of a pipeline instance, as a run has them."""
    from zcompile.config.file import NO_CONFIG
    from zcompile.problems import Problems
    from zcompile.stages.configure import configure_graph
    from zcompile.stages.fingerprint import fingerprint_graph
    from zcompile.stages.lower import lower_graph
    from zcompile.stages.trace import trace_instance
    from zruntime.fingerprint import Fingerprinter
    from zruntime.project import Project, find_project_root

    project = Project(find_project_root(instance.pipeline.file))
    problems = Problems()
    graph = trace_instance(instance, NO_CONFIG, problems)
    graph = configure_graph(graph, NO_CONFIG, problems)
    code = fingerprint_graph(graph, Fingerprinter(project))
    return graph, lower_graph(graph, code, project), project
