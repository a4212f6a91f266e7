"""Parses DAG files by Airflow, as its DAG processor does, and tells what it found.

    python parse_dags.py < paths

For each line on its standard input, the path of a DAG file or of a folder of them, it prints a line
of JSON. What a pipeline imports cannot be imported here: a DAG file does not need it.
"""

import json
import sys
from importlib.abc import MetaPathFinder

USERS = ("pipeline", "steps", "sklearn", "pandas", "zcompile", "ztemplates")


class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in USERS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return


def described(dag):
    return {
        "doc_md": dag.doc_md,
        "description": dag.description,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "schedule": dag.schedule,
        "start_date": dag.start_date and dag.start_date.isoformat(),
        "max_active_runs": dag.max_active_runs,
        "params": {name: dag.params.get_param(name).resolve() for name in dag.params},
        "sections": {name: dag.params.get_param(name).schema.get("section") for name in dag.params},
        "tasks": {task.task_id: described_task(task) for task in dag.tasks},
        "labels": {
            f"{upstream} -> {downstream}": label["label"]
            for upstream, edges in dag.edge_info.items()
            for downstream, label in edges.items()
        },
    }


def described_task(task):
    names = ("entrypoint", "parameters", "inputs", "outputs", "enable_cache", "cache_version")
    fan_out = ("mapped", "optional", "condition", "step", "trigger_rule")
    airflow = ("doc_md", "retries", "owner", "pool", "queue", "executor_config", "priority_weight")
    # A mapped operator holds just what the DAG file gives it.
    given = {"enable_cache": True, "cache_version": ""} | getattr(task, "partial_kwargs", {})
    return {
        "type": task.task_type,
        "expands": [upstream.task_id for upstream in task.iter_mapped_dependencies()]
        if task.is_mapped
        else [],
        "downstream": sorted(task.downstream_task_ids),
        "seconds": task.execution_timeout and task.execution_timeout.total_seconds(),
        **{name: getattr(task, name, given.get(name)) for name in (*names, *fan_out, *airflow)},
    }


def parsed(path):
    bag = DagBag(path, known_pools={"default_pool", "small"})
    for dag in bag.dags.values():
        DagSerialization.to_json(dag)
    return {
        "errors": bag.import_errors,
        "dags": {dag_id: described(dag) for dag_id, dag in bag.dags.items()},
    }


if __name__ == "__main__":
    sys.meta_path.insert(0, Missing())
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        print(json.dumps(parsed(json.loads(line))), file=answers, flush=True)
