"""What a step asks Kubernetes for: from the YAML to the pod that Airflow's executor is given."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from compiling import write_files, zcompile

KUBERNETES = Path(__file__).parents[2] / "docs" / "kubernetes"
VERSION = "1.33"
"""The version of Kubernetes whose schemas are taken."""
PIPELINE = """
from zcompile import pipeline, step

@step
def numbers() -> list[int]:
    return [1, 2]

@step
def double(number: int) -> int:
    return number * 2

@pipeline
def asking():
    double.map(numbers())
"""
STORED = """
import json, runpy, sys
if sys.argv[2:]:
    sys.modules["kubernetes"] = None
from airflow.serialization.serialized_objects import BaseSerialization
dag = runpy.run_path(sys.argv[1])["dag"]
assert "kubernetes.client" not in sys.modules
found = {task.task_id: BaseSerialization.serialize(task.executor_config) for task in dag.tasks}
print(json.dumps(found))
"""


def stored(file: Path, *without: str) -> dict[str, Any]:
    """What Airflow stores as the `executor_config` of each task."""
    command = [sys.executable, "-c", STORED, str(file), *without]
    environment = {**os.environ, "AIRFLOW_HOME": str(file.parent / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compiled(folder: Path, resources: str) -> Path:
    """The DAG file of a pipeline whose steps ask for resources."""
    config = "".join(
        f"  {step}:\n    airflow:\n      resources: {resources}\n" for step in ("numbers", "double")
    )
    write_files(folder, {"pipeline.py": PIPELINE, "config.yaml": f"steps:\n{config}"})
    arguments = [folder / "pipeline.py", "-c", folder / "config.yaml", "-o", folder / "dags"]
    result = zcompile(*arguments)
    assert result.code == 0, result
    return folder / "dags" / "asking.py"


def test_airflow_stores_a_pod_that_kubernetes_takes(tmp_path: Path) -> None:
    file = compiled(tmp_path, "{cpu: 0.5, memory: 2Gi, gpu: 1, limits: {memory: 4Gi}}")
    found = stored(file)
    assert "pod_override" not in str(found.pop("cache_plan")) + str(found.pop("expand_double"))
    for config in found.values():
        pod = config["__var"]["pod_override"]
        assert pod["__type"] == "k8s.V1Pod"
        (container,) = pod["__var"]["spec"]["containers"]
        assert container == {
            "name": "base",
            "resources": {
                "requests": {"cpu": "0.5", "memory": "2Gi"},
                "limits": {"memory": "4Gi", "nvidia.com/gpu": "1"},
            },
        }
        manifest = {"apiVersion": "v1", "kind": "Pod", **pod["__var"]}
        kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_a_dag_file_is_parsed_where_kubernetes_is_missing(tmp_path: Path) -> None:
    file = compiled(tmp_path, "{cpu: 2}")
    assert "V1Pod" not in str(stored(file, "without kubernetes"))


@pytest.mark.parametrize(
    ("resources", "told_of"),
    [
        ("{memory: 2GB}", "did you mean `2G`?"),
        ("{memory: 500mi}", "did you mean `500Mi`?"),
        ("{memory: 500m}", "did you mean `500M`?"),
        ("{memory: viel}", "write bytes, or text such as"),
        ("{cpu: 1Gi}", "write a number of CPUs such as"),
        ("{cpu: -1}", "write a number of CPUs such as"),
        ("{cpu: 0}", "it is nothing"),
        ("{cpu: true}", "write a number of CPUs such as"),
        ("{cpu: 2, limits: {cpu: 1500m}}", "`cpu` is more than its limit, 1500m"),
        ("{memory: 1Gi, limits: {memory: 1G}}", "`memory` is more than its limit, 1G"),
    ],
)
def test_what_kubernetes_would_refuse_is_told(resources: str, told_of: str, tmp_path: Path) -> None:
    config = f"steps:\n  numbers:\n    airflow:\n      resources: {resources}\n"
    write_files(tmp_path, {"pipeline.py": PIPELINE, "config.yaml": config})
    result = zcompile(tmp_path / "pipeline.py", "-c", tmp_path / "config.yaml", "--check")
    assert result.code == 1
    assert "ZC364" in result.err
    assert told_of in " ".join(result.err.split())


def test_resources_and_an_executor_config_are_one_too_many(tmp_path: Path) -> None:
    config = "steps: {numbers: {airflow: {resources: {cpu: 1}, executor_config: {a: 1}}}}\n"
    write_files(tmp_path, {"pipeline.py": PIPELINE, "config.yaml": config})
    result = zcompile(tmp_path / "pipeline.py", "-c", tmp_path / "config.yaml", "--check")
    assert "it becomes the `executor_config`, which is given, too" in " ".join(result.err.split())
    assert result.code == 1


def test_the_pod_template_is_one_that_kubernetes_takes() -> None:
    template = yaml.safe_load((KUBERNETES / "pod_template.yaml").read_text())
    kubernetes_validate.validate(template, VERSION, strict=True)
    (container,) = template["spec"]["containers"]
    assert container["name"] == "base"


@pytest.mark.parametrize("executor", ["kubernetes", "celery"])
def test_the_values_of_the_chart_hold_manifests_that_kubernetes_takes(executor: str) -> None:
    values = yaml.safe_load((KUBERNETES / f"{executor}-executor.yaml").read_text())
    workers = values["workers"][executor]
    container = {"name": "base", "env": values["env"], "volumeMounts": workers["extraVolumeMounts"]}
    container["resources"] = workers.get("resources", {})
    spec = {"containers": [container], "volumes": workers["extraVolumes"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "worker"}, "spec": spec}
    kubernetes_validate.validate(pod, VERSION, strict=True)
    (bundle,) = json.loads(values["config"]["dag_processor"]["dag_bundle_config_list"])
    module, _, name = bundle["classpath"].rpartition(".")
    parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    assert bundle["kwargs"].keys() <= parameters.keys()
