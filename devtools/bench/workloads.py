"""The same chain of steps as each of the tools that are compared wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CHAIN = 20

HELPERS = """\
FACTOR = 2.0


def scaled(values):
    return values * FACTOR
"""

EDITS = {
    "helper": ("values * FACTOR", "values * FACTOR + 1.0"),
    "constant": ("FACTOR = 2.0", "FACTOR = 3.0"),
}
"""Edits of the helpers' module that change the results of all steps but the first."""

_NOTES = '''\
import os
from pathlib import Path


def note() -> None:
    """Tells that a step was executed."""
    with Path(os.environ["BENCH_EXECUTED"]).open("a") as file:
        file.write("x")
'''

_HEAD = """\
import os

import numpy as np
from helpers import scaled
from notes import note
{imports}


{decorator}
def step_0(size: int) -> np.ndarray:
    note()
    return np.arange(size // 8, dtype=float)
"""

_STEP = """

{decorator}
def step_{number}({input}: np.ndarray) -> np.ndarray:
    note()
    return scaled({input}) + {number}
"""

_CHAIN = """

{decorator}
def chain(size: int{default}):
    value = step_0(size)
{body}
"""

_MAIN = '''\
"""Measures one of: `first` run of a process, `warm` runs, the `value` of a result."""

import json
import os
import sys
import time
from pathlib import Path
from statistics import median

began = time.perf_counter()
import chain
{imports}
imported = time.perf_counter()


def opened():
{opened}


def value(result):
    return {value}


def executed():
    file = Path(os.environ["BENCH_EXECUTED"])
    return file.stat().st_size if file.exists() else 0


def warm(run, size):
    """The median of the seconds that a run takes whose steps are all cached."""
    for _ in range(2):
        run(size)
    before, times = executed(), []
    while len(times) < 3 or (len(times) < 21 and sum(times) < 5):
        began = time.perf_counter()
        run(size)
        times.append(time.perf_counter() - began)
    if executed() != before:
        raise SystemExit("Steps were executed that should be cached.")
    return median(times)


def main(what):
    run = opened()
    if what == "warm":
        return [warm(run, size) for size in map(int, sys.argv[2:])]
    result = run(int(sys.argv[2]))
    ended = time.perf_counter()
    if what == "first":
        return {{"all": ended - began, "run": ended - imported}}
    return float(value(result)[-1])


print("\\n" + json.dumps(main(sys.argv[1])))
'''


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool is told of the chain.

    Attributes:
        name: What it is called.
        imports: What the steps' module imports of it.
        decorator: Stands above each step.
        chain: Stands above the function that calls all steps; None if there is none.
        returns: Whether that function returns the last step's result.
        default: The default of that function's parameter.
        argument: How a step names its input; `{before}` is the number of the step that makes it.
        main_imports: What the measuring script imports of it.
        opened: Opens the tool's cache, and returns what runs the chain.
        value: The last step's result, of what a run returns.
        environment: Environment variables; `{cache}` is an empty folder.
    """

    name: str
    imports: str = ""
    decorator: str = ""
    chain: str | None = ""
    returns: bool = True
    default: str = ""
    argument: str = "values"
    main_imports: str = ""
    opened: str = "    return chain.chain"
    value: str = "result"
    environment: Mapping[str, str] = field(default_factory=dict)


_JOBLIB = """\
from joblib import Memory

memory = Memory(os.environ["BENCH_CACHE"], verbose=0)"""

_HAMILTON = """\
    made = driver.Builder().with_modules(chain).with_cache(path=os.environ["BENCH_CACHE"]).build()
    return lambda size: made.execute(["step_19"], inputs={"size": size})"""

_REDUN = """\
from redun import task

redun_namespace = 'bench'"""

_REDUN_OPENED = """\
    database = f"sqlite:///{os.environ['BENCH_CACHE']}/redun.db"
    scheduler = Scheduler(config=Config({"backend": {"db_uri": database}}))
    scheduler.load()
    return lambda size: scheduler.run(chain.chain(size))"""

_PREFECT = """\
from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE"""

OURS = Tool(
    name="zcompile",
    imports="from zcompile import pipeline, step",
    decorator="@step",
    chain="@pipeline",
    returns=False,
    default=" = 1000",
    main_imports="import zcompile.running  # which the first run would do",
    opened="    return lambda size: chain.chain.instance(size=size).run()",
    value='result.get_step("step_19").output.read()',
    environment={"ZCOMPILE_STORE": "{cache}"},
)

PEERS = {
    "joblib": Tool(name="joblib", imports=_JOBLIB, decorator="@memory.cache"),
    "sf-hamilton": Tool(
        name="Hamilton",
        argument="step_{before}",
        chain=None,
        main_imports="from hamilton import driver",
        opened=_HAMILTON,
        value='result["step_19"]',
    ),
    "redun": Tool(
        name="redun",
        imports=_REDUN,
        decorator="@task()",
        main_imports="from redun import Scheduler\nfrom redun.config import Config",
        opened=_REDUN_OPENED,
    ),
    "prefect": Tool(
        name="Prefect",
        imports=_PREFECT,
        decorator="@task(cache_policy=INPUTS + TASK_SOURCE, persist_result=True)",
        chain="@flow",
        environment={
            "PREFECT_HOME": "{cache}",
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        },
    ),
    "zenml": Tool(
        name="ZenML",
        imports="from zenml import pipeline, step",
        decorator="@step",
        chain="@pipeline",
        returns=False,
        value='result.steps["step_19"].output.load()',
        environment={
            "ZENML_CONFIG_PATH": "{cache}",
            "ZENML_ANALYTICS_OPT_IN": "false",
            "ZENML_LOGGING_VERBOSITY": "ERROR",
        },
    ),
}
"""The other tools, by the distribution that holds them."""


def write_workload(tool: Tool, folder: Path) -> Path:
    """Writes the chain for a tool, and returns the script that measures it."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (folder / "helpers.py").write_text(HELPERS, encoding="utf-8")
    (folder / "notes.py").write_text(_NOTES, encoding="utf-8")
    (folder / "chain.py").write_text(_chain(tool), encoding="utf-8")
    main = folder / "main.py"
    text = _MAIN.format(imports=tool.main_imports, opened=tool.opened, value=tool.value)
    main.write_text(text, encoding="utf-8")
    return main


def _chain(tool: Tool) -> str:
    numbers = range(1, CHAIN)
    text = _HEAD.format(imports=tool.imports, decorator=tool.decorator)
    for number in numbers:
        argument = tool.argument.format(before=number - 1)
        text += _STEP.format(decorator=tool.decorator, number=number, input=argument)
    if tool.chain is None:
        return text
    calls = [f"    value = step_{number}(value)" for number in numbers]
    body = "\n".join([*calls, *(["    return value"] if tool.returns else [])])
    return text + _CHAIN.format(decorator=tool.chain, default=tool.default, body=body)
