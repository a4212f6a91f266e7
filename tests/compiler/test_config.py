"""YAML configs: every mistake is told with its place and a remedy; what is right arrives."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from zcompile.config.file import ConfigFile
from zcompile.config.models import PipelineConfig
from zcompile.config.parsing import MAX_BYTES
from zcompile.config.reading import read_config
from zcompile.exceptions import PipelineConfigurationError
from zcompile.problems import Problems
from zruntime.diagnostics import Place

BOMB = "parameters:\n  a: &a [x, x, x, x, x, x]\n" + "".join(
    f"  {name}: &{name} [{', '.join([f'*{below}'] * 6)}]\n"
    for below, name in ("ab", "bc", "cd", "de", "ef", "fg")
)

MISTAKES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "empty": ("", 1, ("empty", "mapping", "enable_cache")),
    "only a comment": ("# later\n", 1, ("empty",)),
    "a list at the top": ("- dag\n", 1, ("list", "mapping")),
    "unknown key": ("dag:\n  tags: []\nstepz: {}\n", 3, ("`stepz`", "Did you mean `steps`?")),
    "unknown key of dag": ("dag:\n  retries: 1\n", 2, ("`dag.retries`", "`schedule`")),
    "unknown key of a step": ("steps:\n  a:\n    cache: no\n", 3, ("`steps.a.cache`", "`enable_")),
    "unknown key of a task": ("steps:\n  a:\n    airflow:\n      pol: x\n", 4, ("mean `pool`?",)),
    "unknown key of the defaults": ("dag:\n default_args:\n  retry: 1\n", 3, ("mean `retries`?",)),
    "list for a mapping": ("steps:\n  - a\n", 1, ("`steps`", "['a']", "mapping", "below `steps:`")),
    "parameters as a list": ("steps:\n a:\n  parameters: [1]\n", 3, ("`steps.a.parameters`",)),
    "nothing for a mapping": ("enable_cache: true\ndag:\n", 2, ("`dag` is empty", "mapping")),
    "text for a switch": ("\nenable_cache: 'no'\n", 2, ("`enable_cache`", "'no'", "boolean")),
    "switch for a number": (
        "dag:\n  max_active_runs: true\n",
        2,
        ("`dag.max_active_runs`", "True"),
    ),
    "text for tags": ("dag:\n  tags: model\n", 2, ("`dag.tags`", "'model'")),
    "a negative number": ("dag:\n  default_args:\n    retries: -1\n", 3, ("retries", "-1")),
    "an endless duration": ("dag:\n  dagrun_timeout: 1.0e+40\n", 2, ("dagrun_timeout", "days")),
    "a number as a date": ("dag:\n  start_date: 20260131\n", 2, ("start_date", "2026-01-31")),
    "a date that is none": ("dag:\n  start_date: 2026-13-01\n", 2, ("'2026-13-01'", "month")),
    "no DAG id": ("dag:\n  dag_id: my dag\n", 2, ("`dag.dag_id`", "my dag")),
    "no JSON": ("dag:\n default_args:\n  executor_config: {at: .nan}\n", 3, ("JSON",)),
    "cron: four fields": ("dag:\n  schedule: 0 6 * *\n", 2, ("`dag.schedule`", "five fields")),
    "cron: out of range": ("dag:\n  schedule: 60 6 * * *\n", 2, ("`60`", "minute", "0 to 59")),
    "cron: no such day": ("dag:\n  schedule: 0 6 * * foo\n", 2, ("`foo`", "day of the week")),
    "cron: no such preset": ("dag:\n  schedule: '@dayly'\n", 2, ("'@dayly'", "@daily")),
    "the text None": ("dag:\n  schedule: None\n", 2, ("'None'", "null")),
    "duplicate key": ("dag:\n  tags: []\n  tags: []\n", 3, ("`tags`", "twice")),
    "a tab": ("dag:\n\ttags: []\n", 2, ("tab", "spaces")),
    "a key that is no text": ("1: on\n", 1, ("key", "quotes")),
    "a list as a key": ("? [a]\n: 1\n", 1, ("key", "quotes")),
    "an unclosed list": ("dag:\n  tags: [a\n", 3, ("no valid YAML",)),
    "two documents": ("enable_cache: true\n---\nenable_cache: true\n", 2, ("document",)),
    "a Python object": ("x: !!python/object/apply:os.abort []\n", 1, ("os.abort", "tag")),
    "a number that is none": ("x: !!int one\n", 1, ("'one'", "number")),
    "half a character": ('x: "\\uD800"\n', 1, ("text",)),
    "an anchor bomb": (BOMB, 7, ("aliases", "20000")),
    "an alias in itself": ("parameters:\n  x: &a [*a]\n", 2, ("inside",)),
    "merging what is no mapping": ("parameters:\n  <<: [1]\n", 2, ("`<<`", "alias")),
    "deep nesting": ("x: " + "[" * 5000, 1, ("deeply",)),
    "a huge number": ("x: " + "9" * 9000, 1, ("number",)),
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place(name: str, config: Path) -> None:
    text, line, words = MISTAKES[name]
    config.write_text(text, encoding="utf-8")
    error = refused(config)
    assert error.place is not None
    assert (error.place.file, error.place.line) == (str(config), line), error
    for word in words:
        assert word.strip("`") in str(error)
    assert error.remedy
    assert len(str(error)) < 1200


def refused(config: Path) -> PipelineConfigurationError:
    with pytest.raises(PipelineConfigurationError) as caught:
        read_file(config)
    return caught.value


def test_a_missing_file(config: Path) -> None:
    error = refused(config)
    assert str(config) in error.message
    assert "No such file" in error.message
    assert "-c" in error.remedy


def test_a_folder(tmp_path: Path) -> None:
    assert "directory" in refused(tmp_path).message


def test_a_file_that_is_not_utf_8(config: Path) -> None:
    config.write_bytes("dag:\n  owner: Zürich\n".encode("latin-1"))
    error = refused(config)
    assert error.place is not None
    assert error.place.line == 2
    assert "UTF-8" in error.message


def test_a_huge_file(config: Path) -> None:
    config.write_bytes(b"#" * (MAX_BYTES + 1))
    assert str(MAX_BYTES) in refused(config).message


def read_file(config: Path) -> ConfigFile:
    problems = Problems()
    found = read_config(config, problems)
    problems.raise_all()
    return found


def read(config: Path, text: str) -> PipelineConfig:
    config.write_text(text, encoding="utf-8")
    return read_file(config).config


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("'@daily'", "@daily"),
        ("'*/15 0-6 1,15 jan-mar mon'", "*/15 0-6 1,15 jan-mar mon"),
        ("0 0 * * 5#2", "0 0 * * 5#2"),
        ("0 0 L * ?", "0 0 L * ?"),
    ],
)
def test_schedules(text: str, schedule: str | None, config: Path) -> None:
    assert read(config, f"dag:\n  schedule: {text}\n").dag.schedule == schedule


@pytest.mark.parametrize(
    "text",
    ["2026-01-31", "2026-01-31 00:00:00", "'2026-01-31T02:00:00+02:00'", "2026-01-31T00:00:00Z"],
)
def test_a_date_without_zone_is_utc(text: str, config: Path) -> None:
    moment = read(config, f"dag: {{start_date: {text}}}").dag.start_date
    assert moment == datetime(2026, 1, 31, tzinfo=timezone.utc)


def test_no_date_is_fine(config: Path) -> None:
    assert read(config, "dag: {}\n").dag.start_date is None


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("0.5", 0.5), ("PT1H", 3600)])
def test_durations(text: str, seconds: float, config: Path) -> None:
    timeout = read(config, f"dag: {{dagrun_timeout: {text}}}").dag.dagrun_timeout
    assert timeout == timedelta(seconds=seconds)


def test_values_keep_their_types(config: Path) -> None:
    text = "steps:\n  a:\n    parameters: {i: 1, f: 1.0, b: true, s: '1', n: null, l: [1, x]}\n"
    parameters: dict[str, Any] = read(config, text).steps["a"].parameters
    expected = {"i": 1, "f": 1.0, "b": True, "s": "1", "n": None, "l": [1, "x"]}
    assert parameters == expected
    assert [type(value) for value in parameters.values()] == [type(v) for v in expected.values()]


def test_a_byte_order_mark_is_fine(config: Path) -> None:
    config.write_bytes(b"\xef\xbb\xbfenable_cache: false\n")
    assert read_file(config).config.enable_cache is False


def test_the_place_of_a_key(config: Path) -> None:
    config.write_text("steps:\n  a:\n    parameters:\n      gamma: 0.25\n")
    file, keys = read_file(config), ("steps", "a", "parameters", "gamma")
    assert file.key_place(*keys) == Place(str(config), 4, 7, 12)
    assert file.value_place(*keys) == Place(str(config), 4, 14, 18)
