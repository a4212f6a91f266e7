"""The JSON Schema of configs, checked by a validator that is not ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from compiling import PIPELINE, write_files, zcompile
from devtools.golden import GOLDEN
from jsonschema import Draft202012Validator
from test_airflow_arguments import DAG_VALUES, REFUSED, SCHEDULES, STEP_VALUES

from zcompile.compiling import ANALYSIS, compile_source
from zcompile.config.parsing import parse
from zcompile.config.schema import modeline, schema
from zcompile.config.tree import plain
from zcompile.problems import Problems
from zcompile.program import Source

ROOT = GOLDEN.parent.parent
CONFIGS = [*ROOT.glob("examples/**/*.yaml"), *GOLDEN.glob("*/config.yaml")]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    found = schema()
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def data(folder: Path, text: str) -> Any:
    """What a config that refers to nothing else holds."""
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    tree, sound = parse(file, Problems(), {})
    assert sound and tree is not None
    return plain(tree)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.parent.name)
def test_the_configs_of_the_project_fit(config: Path, validator: Draft202012Validator) -> None:
    tree, _ = parse(config, Problems(), {})
    assert tree is not None
    assert [error.message for error in validator.iter_errors(plain(tree))] == []


RIGHT = [
    *(f"dag:\n  schedule: {text}\n" for text in SCHEDULES),
    *(f"dag:\n  {text}\n" for text in DAG_VALUES),
    *(f"steps:\n  make:\n    airflow:\n      {text}\n" for text in STEP_VALUES),
    "extends: base.yaml\nparameters: {a: 1}\nenable_cache: false\n",
    "dag:\n  max_active_runs: $${env:RUNS:-1}\n  catchup: $${env:CATCHUP}\n",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_the_compiler_takes_fits(
    text: str, tmp_path: Path, validator: Draft202012Validator
) -> None:
    found = [error.message for error in validator.iter_errors(data(tmp_path, text))]
    assert found == []


WRONG = [
    "dags: {}\n",
    "dag: {tag: [a]}\n",
    "steps: [a]\n",
    "steps: {make: {airflow: {retries: -1}}}\n",
    "enable_cache: maybe\n",
    *(
        f"dag: {REFUSED[name][0]}\n"
        if REFUSED[name][0][0] == "{"
        else f"dag:\n  {REFUSED[name][0]}\n"
        for name in ("params", "the task id", "no slots", "an unknown rule", "a callback")
    ),
    "dag:\n  schedule: {CronTrigerTimetable: {cron: '@daily'}}\n",
    "dag:\n  schedule: 6\n",
]


@pytest.mark.parametrize("text", WRONG)
def test_what_it_refuses_does_not_fit(
    text: str, tmp_path: Path, validator: Draft202012Validator
) -> None:
    assert [*validator.iter_errors(data(tmp_path, text))]


TYPED = PIPELINE.replace(
    "@step\ndef make() -> int:",
    "from pydantic import BaseModel, Field\n\nclass Size(BaseModel):\n    width: int\n\n"
    "class Config(BaseStepConfig):\n    rate: float = Field(0.5, ge=0, description='Speed.')\n"
    "    size: Size = Size(width=1)\n\n"
    "@step\ndef make(config: Config, names: list[str] = []) -> int:",
).replace("def simple():", "def simple(limit: int = 3):")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("steps: {make: {parameters: {rate: 1, size: {width: 2}, names: [a]}}}", True),
        ("steps: {make: {parameters: {enable_cache: false}}}", True),
        ("parameters: {limit: 4}", True),
        ("steps: {make: {parameters: {rate: -1}}}", False),
        ("steps: {make: {parameters: {size: {width: a}}}}", False),
        ("steps: {make: {parameters: {names: a}}}", False),
        ("steps: {make: {parameters: {rat: 1}}}", False),
        ("steps: {use: {parameters: {value: 1}}}", False),
        ("steps: {mak: {}}", False),
        ("parameters: {limt: 4}", False),
        ("parameters: {limit: a}", False),
    ],
)
def test_the_schema_of_a_pipeline_knows_its_steps(text: str, fits: bool, tmp_path: Path) -> None:
    write_files(tmp_path, {"pipeline.py": TYPED})
    program = compile_source(Source(tmp_path / "pipeline.py"), ANALYSIS)
    found = schema([program])
    Draft202012Validator.check_schema(found)
    errors = [*Draft202012Validator(found).iter_errors(data(tmp_path, text))]
    assert bool(errors) != fits, errors
    rate = found["properties"]["steps"]["properties"]["make"]["properties"]["parameters"]
    assert rate["properties"]["rate"]["description"] == "Speed."


def test_the_command_prints_the_schema(tmp_path: Path) -> None:
    write_files(tmp_path, {"pipeline.py": PIPELINE})
    every = zcompile("schema")
    assert (every.code, json.loads(every.out)) == (0, schema())
    own = zcompile("schema", tmp_path / "pipeline.py")
    assert list(json.loads(own.out)["properties"]["steps"]["properties"]) == ["make", "use"]
    assert "zcompile schema" in zcompile("schema", "--help").out


def test_the_schema_of_a_wrong_pipeline_is_its_mistakes(tmp_path: Path) -> None:
    write_files(tmp_path, {"pipeline.py": PIPELINE.replace("-> int", "")})
    result = zcompile("schema", tmp_path / "pipeline.py")
    assert (result.code, result.out) == (1, "")
    assert "ZC105" in result.err


def test_the_modeline_is_a_comment_that_editors_know() -> None:
    assert modeline() == "# yaml-language-server: $schema=zcompile.schema.json"
