"""YAML configs as files: YAML 1.2, aliases, environment variables, and extending another one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from zcompile.config.file import ConfigFile
from zcompile.config.models import PipelineConfig
from zcompile.config.reading import read_config
from zcompile.problems import Problems
from zruntime.diagnostics import Diagnostic, Place

ENVIRON = {"NAME": "value", "COUNT": "3", "EMPTY": "", "TEXT": "a: b", "SWITCH": "true"}


def read(
    folder: Path, name: str = "config.yaml", **files: str
) -> tuple[ConfigFile, list[Diagnostic]]:
    for stem, text in files.items():
        (folder / f"{stem}.yaml").write_text(text, encoding="utf-8")
    problems = Problems()
    file = read_config(folder / name, problems, ENVIRON)
    return file, [error.diagnostic for error in problems.errors]


def right(folder: Path, **files: str) -> PipelineConfig:
    file, mistakes = read(folder, **files)
    assert mistakes == []
    assert file.complete
    return file.config


def parameters(folder: Path, text: str) -> dict[str, Any]:
    return right(folder, config=f"parameters:\n  {text}\n").parameters


SCALARS: dict[str, Any] = {
    "no": "no",
    "yes": "yes",
    "on": "on",
    "Off": "Off",
    "y": "y",
    "true": True,
    "False": False,
    "tRUE": "tRUE",
    "null": None,
    "~": None,
    "": None,
    "None": "None",
    "12": 12,
    "-12": -12,
    "010": 10,
    "0o17": 15,
    "0x1F": 31,
    "0b11": "0b11",
    "1_000": "1_000",
    "12:30": "12:30",
    "1:30:15": "1:30:15",
    "2026-01-31": "2026-01-31",
    "1.5": 1.5,
    "1e3": 1000.0,
    ".5": 0.5,
    "5.": 5.0,
    "1.2.3": "1.2.3",
    "=": "=",
    "<<": "<<",
    "'12'": "12",
    '"no"': "no",
    '"\\x85"': "\x85",
    "!!str 12": "12",
    '!!int "12"': 12,
    "!!float 1": 1.0,
    "-.inf": -math.inf,
}


@pytest.mark.parametrize("text", SCALARS)
def test_scalars_are_those_of_yaml_1_2(text: str, tmp_path: Path) -> None:
    value = parameters(tmp_path, f"x: {text}")["x"]
    assert repr(value) == repr(SCALARS[text])


def test_aliases_and_merge_keys(tmp_path: Path) -> None:
    text = """
      base: &base {a: 1, b: 2}
      other: &other {b: 3, c: 4}
      merged: {<<: [*base, *other], a: 0}
      again: [*base, *base]
    """
    found = parameters(tmp_path, text)
    assert found["merged"] == {"a": 0, "b": 2, "c": 4}
    assert found["again"] == [{"a": 1, "b": 2}] * 2


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = (
        "enable_cach: true\n"
        "dag:\n"
        "\ttags: [a]\n"
        "  owner: me\n"
        "  owner: you\n"
        "  schedule: 61 * * * *\n"
        "\tcatchup: maybe\n"
        "  description: ${env:NOT_SET}\n"
        "steps:\n"
        "  - load\n"
    )
    _, mistakes = read(tmp_path, config=text)
    found = {(item.code, item.place.line) for item in mistakes if item.place}
    assert found == {
        ("ZC302", 3),
        ("ZC302", 7),
        ("ZC304", 1),
        ("ZC320", 5),
        ("ZC336", 8),
        ("ZC344", 7),
        ("ZC344", 9),
        ("ZC360", 6),
    }


def test_what_is_right_is_kept_beside_what_is_wrong(tmp_path: Path) -> None:
    text = (
        "dag:\n  owner: me\n  schedule: {any: [a, 1]}\n  default_args: {retries: 2, pol: x}\n"
        "steps:\n  load:\n    parameters: {a: 1}\n    airflow: {pool: small, pol: x}\n"
    )
    file, mistakes = read(tmp_path, config=text)
    assert len(mistakes) == 3
    dag, load = file.config.dag, file.config.steps["load"]
    assert (dag.owner, dag.default_args.retries, dag.schedule) == ("me", 2, None)
    assert (load.parameters, load.airflow.pool) == ({"a": 1}, "small")


def test_a_repeated_key_names_both_places(tmp_path: Path) -> None:
    _, (mistake,) = read(tmp_path, config="dag:\n  owner: me\n  owner: you\n")
    path = str(tmp_path / "config.yaml")
    assert mistake.place == Place(path, 3, 3, 8)
    assert [item.place for item in mistake.related] == [Place(path, 2, 3, 8)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${env:NAME}", "value"),
        ("${env:COUNT}", 3),
        ("'${env:COUNT}'", "3"),
        ("${env:SWITCH}", True),
        ("${env:EMPTY}", None),
        ("${env:TEXT}", "a: b"),
        ("a ${env:NAME} ${env:COUNT} b", "a value 3 b"),
        ("${env:COUNT}0", "30"),
        ("${env:NOT_SET:-7}", 7),
        ("${env:NOT_SET:-}", None),
        ("${env:COUNT:-7}", 3),
        ("$${env:NAME}", "${env:NAME}"),
        ("$$${env:NAME}", "$${env:NAME}"),
        ("${HOME} $x", "${HOME} $x"),
        ("['${env:NAME}', \"${env:COUNT}\"]", ["value", "3"]),
    ],
)
def test_environment_variables(text: str, value: Any, tmp_path: Path) -> None:
    found = parameters(tmp_path, f"x: {text}")["x"]
    assert repr(found) == repr(value)


def test_a_variable_may_stand_in_any_value(tmp_path: Path) -> None:
    config = right(
        tmp_path,
        config="enable_cache: ${env:SWITCH}\ndag:\n  max_active_runs: ${env:COUNT}\n"
        "  schedule: 0 ${env:COUNT} * * *\n  tags:\n    - ${env:NAME}\n",
    )
    assert config.enable_cache is True
    assert config.dag.max_active_runs == 3
    assert config.dag.schedule == "0 3 * * *"
    assert config.dag.tags == ("value",)


@pytest.mark.parametrize("text", ["${env:NOT_SET}", "a ${env:}", "${env:A B}", "${env:NAME"])
def test_a_variable_that_is_not_there_is_told_where_it_stands(text: str, tmp_path: Path) -> None:
    file, (mistake,) = read(tmp_path, config=f"parameters:\n  x: {text}\n")
    place = Place(str(tmp_path / "config.yaml"), 2, 6, 6 + len(text))
    assert (mistake.code, mistake.place) == ("ZC336", place)
    assert "${env:N" in mistake.remedy
    assert not file.complete


BASE = """
dag:
  schedule: "@daily"
  tags: [base, shared]
  default_args: {retries: 2, pool: small}
parameters: {sizes: [1, 2], rates: {low: 0.1, high: 0.9}}
steps:
  load: {parameters: {a: 1, b: 2}}
"""

OWN = """
extends: base.yaml
dag:
  schedule: null
  tags: [own]
  default_args: {retries: 5}
parameters: {sizes: [3], rates: {high: 0.8}}
steps:
  load: {parameters: {b: null}}
  show: {enable_cache: false}
"""


def test_a_config_extends_another_one(tmp_path: Path) -> None:
    config = right(tmp_path, base=BASE, config=OWN)
    assert config.dag.schedule is None
    assert config.dag.tags == ("own",)
    assert (config.dag.default_args.retries, config.dag.default_args.pool) == (5, "small")
    assert config.parameters == {"sizes": [3], "rates": {"low": 0.1, "high": 0.8}}
    assert config.steps["load"].parameters == {"a": 1, "b": None}
    assert config.steps["show"].enable_cache is False


def test_a_chain_of_configs_across_folders(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "middle.yaml").write_text("extends: ../base.yaml\ndag: {owner: me}\n")
    config = right(tmp_path, base=BASE, config="extends: more/${env:NOT_SET:-middle}.yaml\n")
    assert (config.dag.owner, config.dag.schedule) == ("me", "@daily")


def test_a_mistake_in_a_base_is_placed_there(tmp_path: Path) -> None:
    file, mistakes = read(
        tmp_path, base="dag: {owner: 1}\nstep: {}\n", config="extends: base.yaml\ndag: {tags: a}\n"
    )
    base, own = str(tmp_path / "base.yaml"), str(tmp_path / "config.yaml")
    places = {
        (item.place.file, item.place.line, item.place.column) for item in mistakes if item.place
    }
    assert places == {(base, 1, 14), (base, 2, 1), (own, 2, 13)}
    assert file.key_place("dag", "owner") == Place(base, 1, 7, 12)


def test_configs_that_extend_each_other(tmp_path: Path) -> None:
    file, (mistake,) = read(tmp_path, config="extends: b.yaml\n", b="\nextends: config.yaml\n")
    assert mistake.code == "ZC335"
    assert mistake.place == Place(str(tmp_path / "b.yaml"), 2, 10, 21)
    assert [item.place for item in mistake.related] == [
        Place(str(tmp_path / "config.yaml"), 1, 10, 16)
    ]
    assert not file.complete


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("missing.yaml", "ZC301", "No such file"),
        ("config.yaml", "ZC335", "in turn"),
        ("[base.yaml]", "ZC335", "not the path"),
        ("", "ZC335", "not the path"),
        ("12", "ZC335", "not the path"),
        ('"\\0"', "ZC301", "null"),
        ("empty.yaml", "ZC303", "no mapping"),
        ("list.yaml", "ZC303", "no mapping"),
    ],
)
def test_extending_what_is_no_config(text: str, code: str, word: str, tmp_path: Path) -> None:
    _, (mistake,) = read(tmp_path, config=f"extends: {text}\n", empty="", list="- a\n")
    assert mistake.code == code
    assert word in mistake.message
    assert mistake.place is not None
    assert (mistake.place.file, mistake.place.line) == (str(tmp_path / "config.yaml"), 1)
    assert mistake.remedy


def test_a_file_knows_what_it_sets(tmp_path: Path) -> None:
    file, _ = read(tmp_path, base=BASE, config="extends: base.yaml\ndag: {owner: '${env:NAME}'}\n")
    assert file.sets("dag", "schedule")
    assert not file.sets("dag", "description")
    assert file.variables("dag", "owner") == ("NAME",)
    assert file.variables("dag", "schedule") == ()
