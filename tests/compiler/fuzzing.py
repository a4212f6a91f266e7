"""Random pipelines with their configs, as hypothesis strategies, and what must come of them."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from zcompile.names import SDK_NAMES, TIMETABLES

HOSTILE = (
    "O'Brien",
    '"""',
    "'''",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "{{ ds }}",
    "{% raw %}",
    "{# no #}",
    "#",
    "')\nimport os\nos._exit(1)\n('",
    '"); raise SystemExit("no"); ("',
    "__import__('os')._exit(1)",
    "f'{1/0}'",
    "${HOME}",
    "%s",
    "\x00",
    "\x1b[31m",
    "\u2028",
    "\ufeff",
    "\U0001f600",
    "é東京",
    "README.md",
    "None",
    "on",
    "1e3",
    "../up",
    "a" * 300,
)
"""Texts that have broken one generator of code or another."""

IDENTIFIERS = (
    "load",
    "match",
    "type",
    "dag",
    "DAG",
    "Label",
    "Param",
    "form",
    "cache_plan",
    "datetime",
    "timezone",
    "StepOperator",
    "print",
    "__all__",
    "_",
    "é",
    "a_b",
    "x1",
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=20),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map("".join),
)

identifiers = st.one_of(
    st.sampled_from(IDENTIFIERS),
    st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True),
).filter(lambda name: not keyword.iskeyword(name))

names = st.integers(0, 19).flatmap(
    lambda kind: (
        st.none()
        if kind < 10
        else st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
        if kind < 19
        else texts
    )
)
"""Names that an author gives a step or a pipeline; most are valid ids, some are not."""

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts
)

values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


class _Escaping(yaml.SafeDumper):
    """Writes each text in double quotes, escaped: plain, some do not come back as they were."""


_Escaping.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def as_yaml(data: Any) -> str:
    """YAML that reads back as this data, whatever its texts hold."""
    text: str = yaml.dump(_without_references(data), Dumper=_Escaping, sort_keys=False, width=10**6)
    return text


def _without_references(data: Any) -> Any:
    """The data with texts that a config does not take for references to variables."""
    if isinstance(data, str):
        return data.replace("${", "$${")
    if isinstance(data, Mapping):
        return {key: _without_references(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_without_references(item) for item in data]
    return data


@dataclass(frozen=True)
class RandomStep:
    """A step: its function, the name it is given, its docstring, parameters and producers.

    Attributes:
        mapped: Which of its inputs take one item each.
        defaults: Whether its inputs have a default, without which it is skipped with a producer.
        when: The producer whose output is tested, the test, and what it is compared with.
    """

    function: str
    name: str | None
    doc: str
    parameters: Mapping[str, Any]
    producers: tuple[int, ...]
    version: str
    ttl: float | None
    files: tuple[str, ...]
    airflow: Mapping[str, Any]
    mapped: frozenset[int] = frozenset()
    defaults: bool = False
    when: tuple[int, str, Any] | None = None


@dataclass(frozen=True)
class RandomPipeline:
    """A pipeline whose steps take the outputs of earlier ones, and what a config sets."""

    function: str
    name: str | None
    doc: str
    steps: tuple[RandomStep, ...]
    dag: Mapping[str, Any] = field(default_factory=dict)
    configured: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The steps' names in the pipeline, as users expect them."""
        taken: list[str] = []
        for step in self.steps:
            name = base = step.name or step.function
            number = 2
            while name in taken and not step.name:
                name, number = f"{base}_{number}", number + 1
            taken.append(name)
        return taken

    def optional(self, index: int) -> list[str]:
        """The inputs without which a step runs where their producers are skipped."""
        step = self.steps[index]
        return [
            f"in{n}"
            for n, producer in enumerate(step.producers)
            if step.defaults and n not in step.mapped and self.may_be_skipped(producer)
        ]

    def may_be_skipped(self, index: int) -> bool:
        """Whether a step, or one that it needs, has a condition."""
        step, optional = self.steps[index], self.optional(index)
        needed = [at for n, at in enumerate(step.producers) if f"in{n}" not in optional]
        return step.when is not None or any(map(self.may_be_skipped, needed))

    def parameters(self, index: int) -> dict[str, Any]:
        """The parameters of a step, of which the config's win."""
        return {**self.steps[index].parameters, **self.configured.get(index, {})}

    def source(self) -> str:
        """The pipeline file."""
        names = "BaseStepConfig, pipeline, step, unmapped"
        parts = [f"from typing import Any\nfrom zcompile import {names}\n"]
        parts += [self._step(index) for index in range(len(self.steps))]
        body = "\n".join(self._call(index) for index in range(len(self.steps)))
        option = f"(name={self.name!r})" if self.name else ""
        parts.append(f"@pipeline{option}\ndef {self.function}_():\n    {self.doc!r}\n{body}\n")
        return "\n".join(parts)

    def _step(self, index: int) -> str:
        step = self.steps[index]
        fields = [f"    {key}: Any = {value!r}\n" for key, value in step.parameters.items()]
        default = " = None" if step.defaults else ""
        inputs = [f"in{n}: Any{default}" for n in range(len(step.producers))]
        arguments = [f"config: Config{index}", *inputs]
        return (
            f"class Config{index}(BaseStepConfig):\n    pass\n{''.join(fields)}\n"
            f"@step(cache_version={step.version!r}, cache_ttl={step.ttl!r}, files={step.files!r})\n"
            f"def {step.function}({', '.join(arguments)}) -> Any:\n"
            f"    {step.doc!r}\n    return 0\n\n"
            f"step{index} = {step.function}\n"
        )

    def _call(self, index: int) -> str:
        step = self.steps[index]
        options = [f"name={step.name!r}"] if step.name else []
        options += [f"when={_condition(*step.when)}"] if step.when else []
        option = f".with_options({', '.join(options)})" if options else ""
        whole = "unmapped(out{})" if step.mapped else "out{}"
        arguments = ", ".join(
            f"out{producer}" if n in step.mapped else whole.format(producer)
            for n, producer in enumerate(step.producers)
        )
        call = ".map" if step.mapped else ""
        return f"    out{index} = step{index}{option}{call}({arguments})"

    def config(self) -> str:
        """The YAML config."""
        steps = {
            self.names[index]: {
                "parameters": dict(self.configured.get(index, {})),
                "airflow": dict(step.airflow),
            }
            for index, step in enumerate(self.steps)
            if step.airflow or index in self.configured
        }
        return as_yaml({"dag": dict(self.dag), "steps": steps})


def _condition(producer: int, test: str, value: Any) -> str:
    tested = f"out{producer}"
    if test in UNARY:
        return UNARY[test].format(tested)
    if test in ("in", "not in"):
        negation = "~" if test == "not in" else ""
        return f"{negation}{tested}.isin({value!r})"
    return f"{tested} {test} ({value!r})" if test[:4] != "not " else f"~({tested} > ({value!r}))"


UNARY = {"is true": "{}", "is false": "~{}"}

conditions = st.one_of(
    st.tuples(st.sampled_from([*UNARY]), st.none()),
    st.tuples(st.sampled_from(["==", "!="]), leaves),
    st.tuples(st.sampled_from(["in", "not in"]), st.lists(leaves, max_size=3)),
    st.tuples(st.sampled_from(["<", ">=", "not >"]), st.one_of(st.integers(), texts, leaves)),
)
"""A test, and what an output is compared with."""

names_of_assets = texts.filter(lambda text: text.strip() and "://" not in text)

assets = st.one_of(
    names_of_assets,
    st.fixed_dictionaries({"alias": names_of_assets}, optional={"group": names_of_assets}),
    st.fixed_dictionaries(
        {"name": names_of_assets},
        optional={"group": names_of_assets, "extra": st.dictionaries(texts, leaves, max_size=2)},
    ),
)

expressions = st.recursive(
    assets,
    lambda inner: st.one_of(
        st.fixed_dictionaries({kind: st.lists(inner, min_size=1, max_size=2)})
        for kind in ("any", "all")
    ),
    max_leaves=3,
)

zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])

crons = st.sampled_from(["0 6 * * *", "@daily", "*/15 0-6 1,15 jan-mar mon", "0 0 L * ?"])

seconds = st.one_of(st.integers(0, 10**6), st.floats(0, 10**6).map(lambda value: round(value, 6)))

timetables = st.one_of(
    st.fixed_dictionaries(
        {"CronTriggerTimetable": st.fixed_dictionaries({"cron": crons, "timezone": zones})}
    ),
    st.fixed_dictionaries(
        {
            "MultipleCronTriggerTimetable": st.fixed_dictionaries(
                {"crons": st.lists(crons, min_size=1, max_size=2)}, optional={"interval": seconds}
            )
        }
    ),
)

schedules = st.one_of(
    st.none(),
    crons,
    texts,
    st.sampled_from(["@once", "6h", "PT1H", "1h 30m"]),
    st.lists(assets, max_size=2),
    expressions,
    timetables,
    st.fixed_dictionaries(
        {
            "AssetOrTimeSchedule": st.fixed_dictionaries(
                {"timetable": timetables, "assets": st.lists(assets, min_size=1, max_size=2)}
            )
        }
    ),
)

counts = st.integers(1, 1000)

TASK_ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "queue": texts,
    "owner": texts,
    "run_as_user": texts,
    "executor_config": st.dictionaries(texts, values, max_size=2),
    "execution_timeout": seconds,
    "retries": st.integers(0, 9),
    "retry_delay": seconds,
    "retry_exponential_backoff": st.sampled_from([0.0, 1.5, 2.0]),
    "depends_on_past": st.booleans(),
    "max_active_tis_per_dag": counts,
    "task_display_name": texts,
    "outlets": st.lists(assets, max_size=2),
}
"""Arguments of a task that a config may set, and their values; a few of them are wrong."""

DAG_ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "description": texts,
    "owner": texts,
    "tags": st.lists(texts.map(lambda text: text[:100]), max_size=2),
    "schedule": schedules,
    "timezone": zones,
    "start_date": st.dates().map(str),
    "dag_display_name": texts,
    "owner_links": st.dictionaries(
        texts, texts.map(lambda text: f"mailto:{text}"), min_size=1, max_size=1
    ),
    "max_active_runs": counts,
    "dagrun_timeout": seconds,
}
"""Arguments of a DAG that a config may set, and their values; a few of them are wrong."""


FILES = ("data/*.csv", "s3://bucket/é/**", 'it\'s "a" [1].csv', "/tmp/\\x")
"""Patterns of files that steps may declare."""


@st.composite
def random_steps(draw: st.DrawFn, index: int) -> RandomStep:
    """A step that may take outputs of the `index` steps before it."""
    producers = st.integers(0, index - 1)
    taken = tuple(draw(st.lists(producers, max_size=3))) if index else ()
    mapped = draw(st.sets(st.integers(0, len(taken) - 1))) if taken and draw(st.booleans()) else ()
    when = None
    if index and draw(st.integers(0, 3)) == 0:
        when = (draw(producers), *draw(conditions))
    return RandomStep(
        function=draw(identifiers),
        name=draw(names),
        doc=draw(texts),
        parameters=draw(st.dictionaries(st.sampled_from(["p", "q_1", "ré"]), values, max_size=3)),
        producers=taken,
        version=draw(texts),
        ttl=draw(st.sampled_from([None, 1.5, 86400.0])),
        files=tuple(draw(st.lists(st.sampled_from(FILES), max_size=2))),
        airflow=draw(st.fixed_dictionaries({}, optional=TASK_ARGUMENTS)),
        mapped=frozenset(mapped),
        defaults=draw(st.booleans()),
        when=when,
    )


@st.composite
def random_pipelines(draw: st.DrawFn) -> RandomPipeline:
    """A pipeline of one to five steps; most are right."""
    count = draw(st.integers(1, 5))
    steps = tuple(draw(random_steps(index)) for index in range(count))
    configured = {}
    for index in draw(st.sets(st.integers(0, count - 1), max_size=2)):
        known = sorted(steps[index].parameters)
        if known:
            configured[index] = {draw(st.sampled_from(known)): draw(values)}
    return RandomPipeline(
        function=draw(identifiers),
        name=draw(names),
        doc=draw(texts),
        steps=steps,
        dag=draw(st.fixed_dictionaries({}, optional=DAG_ARGUMENTS)),
        configured=configured,
    )


CALLS = frozenset(
    {
        *SDK_NAMES,
        *TIMETABLES,
        "CachePlanOperator",
        "ConditionOperator",
        "ExpandOperator",
        "StepOperator",
        "StepOperator.partial",
        "ZoneInfo",
        "datetime",
        "timedelta",
        "dag.params.update",
    }
)
"""What a generated DAG file may call."""

IMPORTS = frozenset(
    {"datetime", "zoneinfo", "airflow.sdk", "zruntime.airflow", "zruntime.airflow.timetables"}
)

STATEMENTS = (ast.ImportFrom, ast.Assign, ast.With, ast.Expr)


def foreign_code(text: str) -> list[str]:
    """What a generated DAG file does beside making its DAG; a user's string that became code."""
    return [ast.unparse(node) for node in ast.walk(ast.parse(text)) if _is_foreign(node)]


def _is_foreign(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module not in IMPORTS
    if isinstance(node, ast.Call):
        return not _is_expand(node) and ast.unparse(node.func) not in CALLS
    if isinstance(node, ast.stmt):
        return not isinstance(node, STATEMENTS)
    return isinstance(node, (ast.Lambda, ast.JoinedStr, ast.comprehension, ast.Subscript))


def _is_expand(node: ast.Call) -> bool:
    """Whether a call is `StepOperator.partial(...).expand(index=<a task>.output)`."""
    function, made = node.func, [ast.unparse(item.value) for item in node.keywords]
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "expand"
        and isinstance(function.value, ast.Call)
        and ast.unparse(function.value.func) == "StepOperator.partial"
        and all(re.fullmatch(r"\w+\.output", value) for value in made)
    )


def write_project(folder: Path, pipeline: RandomPipeline) -> tuple[Path, Path]:
    """Writes a project; returns its pipeline file and its config."""
    folder.mkdir()
    file, config = folder / "pipeline.py", folder / "config.yaml"
    (folder / "pyproject.toml").touch()
    file.write_text(pipeline.source(), encoding="utf-8")
    config.write_text(pipeline.config(), encoding="utf-8")
    return file, config
