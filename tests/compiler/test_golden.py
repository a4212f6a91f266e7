"""The golden cases: their text, what Airflow makes of it, and the invariants between stages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from devtools.golden import EXPECTED, GOLDEN, cases, compile_case, dag_file
from parsing import DagParser

from zcompile.compiling import compile_source, stale_files
from zcompile.forms import form_parameters, form_params
from zcompile.names import variable_name
from zcompile.program import Program, Source, Variant
from zcompile.schemas import is_for_form
from zruntime.planning import PLAN_TASK, condition_task, expand_task, tasks_of

ROOT = GOLDEN.parent.parent
FIELDS = ("entrypoint", "enable_cache")


def verify(variant: Variant) -> None:
    """Asserts the invariants of a variant, as far as it has come."""
    if variant.graph is None:
        return
    names = [node.name for node in variant.graph.nodes]
    assert len({variable_name(name) for name in names}) == len(names) > 0
    earlier: dict[str, Any] = {}
    for node in variant.graph.nodes:
        signature = node.step.signature
        for argument, ref in node.inputs.items():
            assert argument in signature.inputs
            assert ref.output in earlier[ref.step].step.signature.outputs
        assert not set(node.inputs) & set(node.parameters)
        assert set(node.parameters) <= {*signature.inputs, *signature.config_fields}
        earlier[node.name] = node
    if variant.code:
        assert set(variant.code) == set(names)
    if variant.spec:
        assert [step.name for step in variant.spec.steps] == names
        for step, node in zip(variant.spec.steps, variant.graph.nodes, strict=True):
            assert (step.inputs, step.parameters) == (node.inputs, node.parameters)
            assert list(step.outputs) == list(node.step.signature.outputs)
            assert step.code == variant.code[node.name].digest
            json.dumps(step.parameters, allow_nan=False)


@pytest.fixture(scope="module")
def programs() -> dict[str, Program]:
    return {name: [*compile_case(name)][-1] for name in cases()}


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What real Airflow reads in the expected files, by DAG id."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    for name in cases():
        shutil.copy(GOLDEN / name / EXPECTED, home / "dags" / f"{name}.py")
    with DagParser(home) as parser:
        return parser.parse(home / "dags")


@pytest.mark.parametrize("name", cases())
def test_invariants_hold_after_each_stage(name: str) -> None:
    stages = [*compile_case(name)]
    for program in stages:
        for variant in program.variants:
            verify(variant)
    for before, after in pairwise(stages):
        assert after is not before
    assert stages[-1].files


@pytest.mark.parametrize("name", cases())
def test_the_text_is_as_expected(name: str, programs: dict[str, Program]) -> None:
    expected = (GOLDEN / name / EXPECTED).read_bytes()
    assert dag_file(programs[name])[1].decode() == expected.decode(), "run `make golden`"


def test_the_text_is_formatted() -> None:
    files = [str(GOLDEN / name / EXPECTED) for name in cases()]
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "--diff"]
    done = subprocess.run([*ruff, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", cases())
def test_airflow_reads_the_traced_graph(
    name: str, programs: dict[str, Program], parsed: dict[str, Any]
) -> None:
    (variant,) = programs[name].variants
    spec, dag = variant.lowered, parsed[variant.dag_id]
    fail_fast = variant.config.config.dag.fail_fast
    assert set(dag["tasks"]) == {
        PLAN_TASK,
        *(name for step in spec.steps for name in tasks_of(step)),
    }
    downstream: dict[str, set[str]] = {task: set() for task in dag["tasks"]}
    labels: dict[str, list[str]] = {}
    for step in spec.steps:
        task = dag["tasks"][step.name]
        assert {key: task[key] for key in FIELDS} == {key: getattr(step, key) for key in FIELDS}
        assert (task["parameters"] or {}) == step.parameters
        assert (task["outputs"] or {}) == step.outputs
        assert (task["inputs"] or {}) == {key: str(ref) for key, ref in step.inputs.items()}
        assert tuple(task["files"] or ()) == step.files
        assert (task["file_parameters"] or {}) == step.file_parameters
        assert (task["cache_func"] or "") == step.cache_func
        assert task["cache_ttl"] == (step.cache_ttl and step.cache_ttl.total_seconds())
        assert tuple(task["mapped"] or ()) == step.mapped
        assert tuple(task["optional"] or ()) == step.optional
        assert task["trigger_rule"] == ("all_success" if fail_fast else "none_failed")
        for before, after in pairwise(tasks_of(step)):
            downstream[before].add(after)
        if step.when:
            condition = condition_task(step.name)
            downstream[step.when.source.step].add(condition)
            labels[f"{step.when.source.step} -> {condition}"] = [step.when.source.output]
            assert dag["tasks"][condition]["condition"][:2] == [
                str(step.when.source),
                step.when.test,
            ]
        elif not step.inputs:
            downstream[PLAN_TASK].add(step.name)
        consumer = expand_task(step.name) if step.mapped else step.name
        for ref in step.inputs.values():
            downstream[ref.step].add(consumer)
            outputs = labels.setdefault(f"{ref.step} -> {consumer}", [])
            if ref.output not in outputs:
                outputs.append(ref.output)
    assert {task: set(dag["tasks"][task]["downstream"]) for task in dag["tasks"]} == downstream
    assert dag["labels"] == {edge: ", ".join(outputs) for edge, outputs in labels.items()}


@pytest.mark.parametrize("name", cases())
def test_the_form_holds_every_parameter(
    name: str, programs: dict[str, Program], parsed: dict[str, Any]
) -> None:
    (variant,) = programs[name].variants
    dag = parsed[variant.dag_id]
    expected = {
        f"{node.name}.{key}": value
        for node in variant.traced.nodes
        for key, value in node.parameters.items()
        if is_for_form(value)
    }
    own = form_parameters(variant)
    assert dag["params"] == {
        "enable_cache": None,
        **{key: value for key, (_, value) in own.items()},
        **expected,
    }
    assert list(form_params(variant.traced, own)) == ["enable_cache", *own, *expected]
    for key in expected:
        assert dag["sections"][key] == key.rpartition(".")[0]


def test_airflow_gets_the_settings(parsed: dict[str, Any]) -> None:
    dag = parsed["nightly.configured-v2"]
    assert dag["schedule"]["__var"]["expression"] == "30 4 * * mon-fri"
    assert dag["catchup"]
    assert dag["start_date"] == "2026-01-31T06:00:00+00:00"
    assert (dag["tags"], dag["description"], dag["max_active_runs"]) == (
        ["model", "night"],
        "Every night.",
        1,
    )
    extract, transform = dag["tasks"]["extract_step"], dag["tasks"]["transform_step"]
    assert (extract["retries"], extract["owner"], extract["execution_timeout"]) == (
        0,
        "extractors",
        0.5,
    )
    assert extract["executor_config"] == {
        "resources": {"cpu": 1, "gpu": None},
        "labels": ["a", "b"],
    }
    assert (transform["retries"], transform["owner"]) == (2, "data-team")
    assert transform["parameters"] == {"rate": 0.25, "day": "{{ ds }}"}


def test_texts_come_out_as_they_were_written(
    programs: dict[str, Program], parsed: dict[str, Any]
) -> None:
    (variant,), dag = programs["strings"].variants, parsed["strings"]
    assert dag["description"] == "O'Brien's \"DAG\": {{ ds }} {% x %} \\ \n é 東京"
    assert dag["tags"] == sorted(["a'b", '"', "{{ }}", "é"])
    assert dag["tasks"]["writer"]["owner"] == "it's"
    assert dag["doc_md"].startswith('O\'Brien said "{{ no }}" {% raw %} \\ \\n')
    writer, reader = (dag["tasks"][name]["doc_md"] for name in ("writer", "reader"))
    assert "\n\nIndented by the source, not by its author" in writer
    assert reader == ("paragraph of words\n" * 550).rstrip()
    assert dag["tasks"]["writer"]["parameters"]["long"] == "word " * 2000
    assert variant.traced.node("writer").parameters["control"] == "\x00\x1b[31m\r\x85\u2028"


def test_the_committed_dags_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    digits = Path("examples/digits")
    source = Source(digits / "pipeline.py", (digits / "config.yaml",), Path("dags"))
    assert stale_files(compile_source(source)) == (), "run `make dags`"


COMPILE = """
import hashlib, sys
from pathlib import Path
from devtools.golden import cases, compile_case
for name in cases():
    *_, program = compile_case(name, Path(sys.argv[1]))
    for path, content in sorted(program.files.items()):
        print(name, path, hashlib.sha256(content).hexdigest())
"""


def test_compiled_anywhere_the_files_are_the_same(tmp_path: Path) -> None:
    """Another hash seed, working directory and checkout folder change no byte."""
    copy = tmp_path / "elsewhere" / "tests" / "golden"
    shutil.copytree(GOLDEN, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "elsewhere" / "pyproject.toml").touch()
    first = _compiled(GOLDEN, ROOT, "1")
    assert first.count("\n") > 2 * len(cases())
    assert _compiled(copy, tmp_path, "4242") == first


def _compiled(root: Path, cwd: Path, seed: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", COMPILE, str(root)],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
