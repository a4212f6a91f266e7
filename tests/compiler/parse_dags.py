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


DAG_ARGUMENTS = (
    "dag_display_name",
    "fail_fast",
    "is_paused_upon_creation",
    "max_active_runs",
    "max_active_tasks",
    "max_consecutive_failed_dag_runs",
    "owner_links",
)

TASK_ARGUMENTS = (
    "depends_on_past",
    "doc_md",
    "executor",
    "executor_config",
    "ignore_first_depends_on_past",
    "max_active_tis_per_dag",
    "max_active_tis_per_dagrun",
    "owner",
    "pool",
    "pool_slots",
    "priority_weight",
    "queue",
    "retries",
    "retry_exponential_backoff",
    "run_as_user",
    "task_display_name",
    "trigger_rule",
    "wait_for_downstream",
    "wait_for_past_depends_before_skipping",
)


def described(dag, stored):
    return {
        "doc_md": dag.doc_md,
        "description": dag.description,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "schedule": spelled(stored["timetable"]),
        "start_date": dag.start_date and dag.start_date.isoformat(),
        "end_date": dag.end_date and dag.end_date.isoformat(),
        "timezone": str(dag.timezone),
        "dagrun_timeout": seconds(dag.dagrun_timeout),
        **{name: getattr(dag, name) for name in DAG_ARGUMENTS},
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
    names += ("files", "file_parameters", "cache_func", "mapped", "optional", "condition", "step")
    names += TASK_ARGUMENTS
    # A mapped operator holds just what the DAG file gives it.
    given = {"enable_cache": True, "cache_version": ""} | getattr(task, "partial_kwargs", {})
    return {
        "type": task.task_type,
        "expands": [upstream.task_id for upstream in task.iter_mapped_dependencies()]
        if task.is_mapped
        else [],
        "downstream": sorted(task.downstream_task_ids),
        "retry_delay": task.retry_delay.total_seconds(),
        "max_retry_delay": seconds(task.max_retry_delay),
        "execution_timeout": seconds(task.execution_timeout),
        "cache_ttl": seconds(getattr(task, "cache_ttl", given.get("cache_ttl"))),
        "weight_rule": weight_rule(task.weight_rule),
        "inlets": [described_asset(asset) for asset in task.inlets],
        "outlets": [described_asset(asset) for asset in task.outlets],
        **{name: getattr(task, name, given.get(name)) for name in names},
    }


def seconds(duration):
    return None if duration is None else duration.total_seconds()


PRESETS = {"@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}
"""What Airflow 3.2 alone stores by these names."""


def spelled(schedule):
    if isinstance(schedule, dict):
        return {name: spelled(value) for name, value in schedule.items()}
    if isinstance(schedule, list):
        return [spelled(value) for value in schedule]
    return PRESETS.get(schedule, schedule)


def weight_rule(rule):
    return STRATEGIES.get(type(rule)) or getattr(rule, "value", rule)


def described_asset(asset):
    names = ("name", "uri", "group", "extra")
    return {name: getattr(asset, name) for name in names if hasattr(asset, name)}


def parsed(path):
    bag = DagBag(path, known_pools={"default_pool", "small"})
    dags = {}
    for dag_id, dag in bag.dags.items():
        stored = DagSerialization.to_json(dag)
        DagSerialization.from_json(stored)
        dags[dag_id] = described(dag, json.loads(stored)["dag"])
    return {"errors": bag.import_errors, "dags": dags}


STRATEGIES = {}
"""The names of weight rules by their classes, where Airflow makes objects of them."""

if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # Airflow 3.2 tells things as it is imported
    sys.meta_path.insert(0, Missing())
    try:
        from airflow.dag_processing.dagbag import DagBag
        from airflow.serialization.serialized_objects import DagSerialization
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import DagBag
        from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization
        from airflow.task.priority_strategy import airflow_priority_weight_strategies_classes

        STRATEGIES.update(airflow_priority_weight_strategies_classes)

    for line in sys.stdin:
        print(json.dumps(parsed(json.loads(line))), file=answers, flush=True)
