"""Random pipelines: each one is refused with a diagnostic, or is a DAG that says what it says."""

from __future__ import annotations

import inspect
import os
import random
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from compiling import PIPELINE
from fuzzing import RandomPipeline, foreign_code, random_pipelines, write_project
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parsing import DagParser

from zcompile.cli.excerpts import as_text
from zcompile.cli.reports import as_annotation, as_json
from zcompile.compiling import compile_source, write
from zcompile.program import Program, Source
from zcompile.schemas import is_for_form

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2000"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""By default the same examples each time; `make fuzz` tries others, as many as one likes."""


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagParser]:
    with DagParser(tmp_path_factory.mktemp("airflow")) as parser:
        yield parser


def told(program: Program) -> None:
    """Asserts that each diagnostic can be told in every form, and says what to do."""
    for diagnostic in program.diagnostics:
        assert diagnostic.message and (diagnostic.advice or diagnostic.severity == "warning")
        assert all(line.plain for line in as_text(diagnostic))
        assert as_json(diagnostic)["code"] == diagnostic.code
        assert "\n" not in as_annotation(diagnostic)


class Outcomes:
    """Counts what became of the examples, so that a test which refuses most of them fails."""

    def __init__(self) -> None:
        self.compiled = self.refused = 0


@pytest.mark.timeout(1800)  # thousands of examples: a busy machine takes longer than for others
def test_a_random_pipeline_is_refused_or_airflow_reads_what_it_says(
    tmp_path: Path, parser: DagParser
) -> None:
    outcomes = Outcomes()

    @FUZZ
    @given(random_pipelines())
    def check(pipeline: RandomPipeline) -> None:
        folder = tmp_path / "project"
        shutil.rmtree(folder, ignore_errors=True)
        file, config = write_project(folder, pipeline)
        program = compile_source(Source(file, (config,), folder / "dags"))
        told(program)
        if program.errors:
            outcomes.refused += 1
            assert not program.files
            return
        outcomes.compiled += 1
        (path,) = write(program).dags
        assert foreign_code(path.read_text(encoding="utf-8")) == []
        (dag,) = parser.parse(path).values()
        same(dag, pipeline)

    check()
    assert outcomes.refused > 0
    assert outcomes.compiled > outcomes.refused / 4


def said(doc: str | None) -> str:
    """A docstring as people read it; said twice, it may be shorter still."""
    return inspect.cleandoc(doc or "").rstrip()


def same(dag: dict[str, Any], pipeline: RandomPipeline) -> None:
    """Asserts that a parsed DAG is the graph, and has the values, of the pipeline's source."""
    tasks, names = dag["tasks"], pipeline.names
    downstream: dict[str, set[str]] = {"cache_plan": set()}
    for index, name in enumerate(names):
        step = pipeline.steps[index]
        same_step(dag, pipeline, index)
        chain = [f"when_{name}"] * (step.when is not None) + [f"expand_{name}"] * bool(step.mapped)
        for task, following in pairwise([*chain, name]):
            downstream[task] = {following}
        downstream[name] = set()
        if step.when:
            downstream[names[step.when[0]]].add(f"when_{name}")
        for producer in step.producers:
            downstream[names[producer]].add(f"expand_{name}" if step.mapped else name)
        if not step.when and not step.producers:
            downstream["cache_plan"].add(name)
    assert {task: set(found["downstream"]) for task, found in tasks.items()} == downstream
    assert said(dag["doc_md"]) == said(said(pipeline.doc))
    assert dag["description"] == pipeline.dag.get("description")
    for argument in ("dag_display_name", "owner_links", "max_active_runs", "dagrun_timeout"):
        if argument in pipeline.dag:
            assert dag[argument] == pipeline.dag[argument]
    if "timezone" in pipeline.dag and "start_date" in pipeline.dag:
        assert dag["timezone"] == pipeline.dag["timezone"]
    assert "start_date" in pipeline.dag or dag["start_date"] is None
    same_schedule(dag["schedule"], pipeline.dag.get("schedule"))
    assert dag["tags"] == sorted(set(pipeline.dag.get("tags", ["zcompile"])))


def same_step(dag: dict[str, Any], pipeline: RandomPipeline, index: int) -> None:
    """Asserts that the tasks of a step have the values of the pipeline's source."""
    step, names = pipeline.steps[index], pipeline.names
    name, tasks = names[index], dag["tasks"]
    task, parameters = tasks[name], pipeline.parameters(index)
    assert repr(task["parameters"] or {}) == repr(parameters)
    inputs = {f"in{n}": f"{names[at]}.output" for n, at in enumerate(step.producers)}
    assert (task["inputs"] or {}) == inputs
    assert sorted(task["mapped"] or []) == sorted(f"in{n}" for n in step.mapped)
    assert (task["optional"] or []) == pipeline.optional(index)
    assert task["expands"] == [f"expand_{name}"] * bool(step.mapped)
    if step.mapped:
        assert tasks[f"expand_{name}"]["step"] == name
    if step.when:
        producer, test, value = step.when
        condition = [f"{names[producer]}.output", test]
        condition += [value] if not test.startswith("is ") else []
        assert tasks[f"when_{name}"]["step"] == name
        assert repr(tasks[f"when_{name}"]["condition"]) == repr(condition)
    assert said(task["doc_md"]) == said(said(step.doc))
    assert task["cache_version"] == step.version
    assert task["cache_ttl"] == step.ttl
    assert tuple(task["files"] or ()) == step.files
    for argument, value in step.airflow.items():
        if argument == "outlets":
            same_assets(task[argument], value)
        else:
            assert task[argument] == value
    for key, value in parameters.items():
        if is_for_form(value):
            assert repr(dag["params"][f"{name}.{key}"]) == repr(value)


def same_assets(read: list[dict[str, Any]], given: list[Any]) -> None:
    """Asserts that parsed assets are those of a config."""
    for asset, value in zip(read, given, strict=True):
        if isinstance(value, str):
            assert (asset["name"], asset["uri"]) == (value, value)
        else:
            assert asset["name"] == value.get("alias", value.get("name"))
            assert asset["group"] == value.get("group", "asset")
            assert asset.get("extra", {}) == value.get("extra", {})


def same_schedule(read: dict[str, Any], given: Any) -> None:
    """Asserts that a parsed schedule is of the kind that a config names, and of its assets."""
    kind = read["__type"].rpartition(".")[2]
    if given is None:
        assert kind == "NullTimetable"
    elif isinstance(given, str):
        assert kind in ("CronTriggerTimetable", "DeltaTriggerTimetable", "OnceTimetable")
    elif isinstance(given, list):
        assert kind == "AssetTriggeredTimetable"
        same_assets(read["__var"]["asset_condition"]["objects"], given)
    elif not {*given} & {"CronTriggerTimetable", "MultipleCronTriggerTimetable"}:
        assert kind in (*given, "AssetTriggeredTimetable")
    else:
        assert kind in given


CONFIG = """\
enable_cache: true
dag:
  schedule: "0 6 * * *"
  start_date: 2026-01-31
  tags: [a, b]
  timezone: Europe/Berlin
  description: ${env:HOME:-x}
  default_args: &defaults {retries: 1, retry_delay: 10}
steps:
  make:
    enable_cache: false
    cache_ttl: 1d 12h
    airflow: {<<: *defaults, pool: small, execution_timeout: 1h, outlets: [a, {alias: b}]}
  use:
    parameters: {enable_cache: true}
"""


def mutated(text: str, seed: int) -> str:
    """A text with a few characters removed, doubled, moved or put in."""
    chance = random.Random(seed)
    characters = list(text)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(characters))
        action = chance.randrange(4)
        if action == 0:
            del characters[at : at + chance.randint(1, 8)]
        elif action == 1:
            characters[at:at] = chance.choice("{}[]()'\":,#&*!|>%@`\\\t\n -\x00é=")
        elif action == 2:
            characters[at:at] = characters[at : at + chance.randint(1, 30)]
        else:
            other = chance.randrange(len(characters))
            characters[at], characters[other] = characters[other], characters[at]
        if not characters:
            return ""
    return "".join(characters)


@settings(FUZZ, max_examples=max(EXAMPLES // 4, 1))
@given(seed=st.integers(0, 2**32))
def test_a_damaged_config_is_refused_or_compiles(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    program = compiled(tmp_path_factory, PIPELINE, mutated(CONFIG, seed))
    assert bool(program.errors) != bool(program.files)


@settings(FUZZ, max_examples=max(EXAMPLES // 4, 1))
@given(seed=st.integers(0, 2**32))
def test_a_damaged_pipeline_is_refused_or_compiles(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    program = compiled(tmp_path_factory, mutated(PIPELINE, seed), "{enable_cache: true}")
    assert bool(program.errors) != bool(program.files)


def compiled(factory: pytest.TempPathFactory, source: str, config: str) -> Program:
    """What becomes of a pipeline file and its config, whose diagnostics can be told."""
    folder = factory.getbasetemp() / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    (folder / "pipeline.py").write_text(source, encoding="utf-8")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    program = compile_source(Source(folder / "pipeline.py", (folder / "config.yaml",)))
    told(program)
    return program
