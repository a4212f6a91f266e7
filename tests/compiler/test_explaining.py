"""`--explain-config` and `explain_config`: where each value of a pipeline comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiling import write_files, zcompile

from zcompile.exceptions import PipelineConfigurationError
from zcompile.explaining import ConfigValue, explain_config
from zcompile.program import Source

STEPS = """\
from zcompile import BaseStepConfig, pipeline, step


class Config(BaseStepConfig):
    gamma: float = 0.1
    depth: int = 3
    rate: float = 0.5
    zero: int = 1


@step
def train(config: Config, rounds: int = 1, seed: int = 7) -> int:
    return 1


@pipeline
def classic(first, limit: int = 2, other: int = 5):
    first()


"""

CLASSIC = """\
instance = classic(
    first=train(
        Config(gamma=0.3, depth=9, zero=8),
    ),
    limit=6,
)
"""

DIRECT = """\
@pipeline(enable_cache=False)
def direct():
    train(Config(gamma=0.2), rounds=4)
"""

BASE = """\
dag:
  owner: me
  default_args: {retries: 2}
steps:
  first:
    parameters:
      depth: 5
      zero: 0
"""

OWN = """\
extends: base.yaml
enable_cache: false
dag: {schedule: "@daily"}
steps:
  first:
    enable_cache: false
    parameters: {rate: 0.75}
    airflow:
      pool: ${env:POOL_OF_THE_TEST:-small}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_files(
        tmp_path,
        {
            "pipeline.py": STEPS + CLASSIC,
            "base.yaml": BASE,
            "config.yaml": OWN,
            "empty.yaml": "",
        },
    )
    return tmp_path


def explained(project: Path, dag_id: str, *configs: str) -> dict[str, ConfigValue]:
    files = tuple(project / name for name in configs)
    values = explain_config(Source(project / "pipeline.py", files))
    return {value.name: value for value in values if value.dag_id == dag_id}


def told(value: ConfigValue) -> tuple[object, str, str, int]:
    assert value.place is not None
    return value.value, value.origin, Path(value.place.file).name, value.place.line


def test_yaml_wins_over_code_and_code_over_defaults(project: Path) -> None:
    values = explained(project, "classic", "config.yaml")
    parameters = "steps.first.parameters"
    assert told(values[f"{parameters}.gamma"]) == (0.3, "code", "pipeline.py", 23)
    assert told(values[f"{parameters}.depth"]) == (5, "config", "base.yaml", 7)
    assert told(values[f"{parameters}.zero"]) == (0, "config", "base.yaml", 8)
    assert told(values[f"{parameters}.rate"]) == (0.75, "config", "config.yaml", 7)
    assert told(values[f"{parameters}.rounds"]) == (1, "default", "pipeline.py", 12)
    over = values[f"{parameters}.depth"].overrides
    assert over is not None
    assert (over.line, over.column) == (23, 33)
    assert values[f"{parameters}.rate"].overrides is None
    assert told(values["parameters.limit"]) == (6, "code", "pipeline.py", 25)
    assert told(values["parameters.other"]) == (5, "default", "pipeline.py", 17)


def test_switches_and_arguments_of_airflow(project: Path) -> None:
    values = explained(project, "classic", "config.yaml")
    assert told(values["enable_cache"]) == (False, "config", "config.yaml", 2)
    assert told(values["steps.first.enable_cache"]) == (False, "config", "config.yaml", 6)
    assert told(values["dag.schedule"]) == ("@daily", "config", "config.yaml", 3)
    assert told(values["dag.owner"]) == ("me", "config", "base.yaml", 2)
    assert told(values["dag.default_args.retries"]) == (2, "config", "base.yaml", 3)
    assert told(values["steps.first.airflow.pool"]) == ("small", "config", "config.yaml", 9)
    assert values["steps.first.airflow.pool"].variables == ()
    assert "dag.description" not in values


def test_a_value_from_the_environment_names_its_variable(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POOL_OF_THE_TEST", "large")
    pool = explained(project, "classic", "config.yaml")["steps.first.airflow.pool"]
    assert told(pool) == ("large", "config", "config.yaml", 9)
    assert pool.variables == ("POOL_OF_THE_TEST",)


def test_a_pipeline_without_a_config(project: Path) -> None:
    (project / "pipeline.py").write_text(STEPS + DIRECT)
    values = explained(project, "direct")
    assert told(values["enable_cache"]) == (False, "code", "pipeline.py", 22)
    assert told(values["steps.train.parameters.gamma"]) == (0.2, "code", "pipeline.py", 23)
    assert told(values["steps.train.parameters.rounds"]) == (4, "code", "pipeline.py", 23)
    assert told(values["steps.train.parameters.depth"]) == (3, "default", "pipeline.py", 6)
    assert told(values["steps.train.parameters.seed"]) == (7, "default", "pipeline.py", 12)


def test_a_mistake_is_raised(project: Path) -> None:
    (project / "empty.yaml").write_text("steps: {frst: {}}\n")
    with pytest.raises(PipelineConfigurationError, match="frst"):
        explain_config(Source(project / "pipeline.py", (project / "empty.yaml",)))


def test_the_command_shows_them(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("POOL_OF_THE_TEST", "large")
    result = zcompile("pipeline.py", "-c", "config.yaml", "--explain-config")
    assert result.code == 0
    lines = {line.split()[0]: line.split()[1:] for line in result.out.splitlines()}
    assert lines["steps.first.parameters.depth"] == [
        "5",
        "config",
        "base.yaml:7:14",
        "(over",
        "pipeline.py:23:33)",
    ]
    assert lines["steps.first.airflow.pool"][-2:] == ["(from", "POOL_OF_THE_TEST)"]
    assert not (project / "dags").exists()
    assert "--explain-config" in zcompile("compile", "--help").out


def test_the_command_for_programs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    result = zcompile("pipeline.py", "-c", "config.yaml", "--explain-config", "--format", "json")
    values = {value["name"]: value for value in json.loads(result.out)["values"]}
    assert values["steps.first.parameters.gamma"] == {
        "dag_id": "classic",
        "name": "steps.first.parameters.gamma",
        "value": 0.3,
        "origin": "code",
        "place": "pipeline.py:23:22",
        "variables": [],
        "overrides": None,
    }
