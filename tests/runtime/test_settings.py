"""Where the store is found."""

import re
from pathlib import Path

import pytest

from zruntime.exceptions import PipelineConfigurationError
from zruntime.settings import Settings, open_store, store_folder


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("ZCOMPILE_STORE", raising=False)
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)


def test_by_default_it_lies_in_the_project(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    file = tmp_path / "deep" / "er" / "pipeline.py"
    file.touch()
    assert store_folder(file) == tmp_path / ".zcompile"


def test_a_file_outside_of_a_project_has_it_beside_itself(tmp_path):
    file = tmp_path / "pipeline.py"
    file.touch()
    assert store_folder(file) == tmp_path / ".zcompile"


def test_airflow_has_it_in_its_home(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert store_folder() == tmp_path / "zcompile"


def test_the_environment_variable_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_HOME", "/nowhere")
    monkeypatch.setenv("ZCOMPILE_STORE", str(tmp_path / "mine"))
    with open_store() as store:
        assert store.root == tmp_path / "mine"
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700


def test_an_empty_variable_counts_as_unset(tmp_path, monkeypatch):
    monkeypatch.setenv("ZCOMPILE_STORE", "")
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert store_folder() == tmp_path / "zcompile"


@pytest.mark.parametrize("value", ["never", "0", "-1", "nan"])
def test_a_wrong_value_is_told_with_its_variable(value, monkeypatch):
    monkeypatch.setenv("ZCOMPILE_CACHE_FUNC_TIMEOUT", value)
    with pytest.raises(
        PipelineConfigurationError, match=f"ZCOMPILE_CACHE_FUNC_TIMEOUT is '{value}'"
    ):
        open_store()


def test_the_documented_table_is_that_of_the_class():
    page = Path(__file__).parents[2].joinpath("docs", "settings.md").read_text()
    documented = dict(re.findall(r"^\| `ZCOMPILE_(\w+)` \| (.+) \|$", page, re.MULTILINE))
    fields = {name.upper(): field.description for name, field in Settings.model_fields.items()}
    assert documented == fields
