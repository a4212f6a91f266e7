"""The operators as Airflow sees them in a compiled DAG file, without running it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest
from airflow_projects import DIGITS, ZCOMPILE

FOREIGN = ("numpy", "pandas", "sklearn", "pyarrow", "zcompile", "pipeline")

PARSE = f"""
import json, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {FOREIGN}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())

try:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization
except ImportError:  # Airflow 3.1
    from airflow.models.dagbag import DagBag
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization

bag = DagBag(sys.argv[1])
dag = bag.dags.get("first_pipeline")
print(json.dumps({{
    "errors": bag.import_errors,
    "dags": list(bag.dags),
    "imported": [name for name in {FOREIGN} if name in sys.modules],
    "dag": DagSerialization.to_dict(dag) if dag else None,
    "tasks": {{
        task.task_id: {{
            "rule": task.trigger_rule.value,
            "templates": list(task.template_fields),
            "shown": task.task_display_name,
            "upstream": sorted(task.upstream_task_ids),
        }}
        for task in dag.tasks
    }} if dag else None,
}}))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow finds in the compiled example where the example's libraries are missing."""
    folder = tmp_path_factory.mktemp("parsing")
    project, dags = folder / "project", folder / "dags"
    shutil.copytree(DIGITS, project)
    compiling = [ZCOMPILE, "pipeline.py", "-c", "config.yaml", "-o", dags]
    subprocess.run(compiling, cwd=project, check=True, capture_output=True)
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    done = subprocess.run(
        [sys.executable, "-c", PARSE, dags],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_dag_file_parses_without_the_users_code_and_libraries(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}
    assert parsed["dags"] == ["first_pipeline"]
    assert parsed["imported"] == []


def test_its_tasks(parsed: dict[str, Any]) -> None:
    assert parsed["tasks"] == {
        "cache_plan": {
            "rule": "all_success",
            "templates": [],
            "shown": "cache plan",
            "upstream": [],
        },
        "step_1": {
            "rule": "none_failed",
            "templates": ["parameters"],
            "shown": "step_1 · digits_data_loader",
            "upstream": ["cache_plan"],
        },
        "step_2": {
            "rule": "none_failed",
            "templates": ["parameters"],
            "shown": "step_2 · svc_trainer",
            "upstream": ["step_1"],
        },
    }


def test_its_edges_carry_the_names_of_artifacts(parsed: dict[str, Any]) -> None:
    edges = parsed["dag"]["dag"]["edge_info"]
    assert edges["step_1"]["step_2"]["label"] == "X_train, y_train"


def test_its_trigger_form(parsed: dict[str, Any]) -> None:
    params = dict(parsed["dag"]["dag"]["params"])
    assert list(params) == ["enable_cache", "step_2.gamma"]
    gamma = params["step_2.gamma"]
    assert gamma["default"] == 0.001
    assert gamma["schema"]["__var"] == {"type": "number", "section": "step_2"}
