"""The extra links of steps in Airflow's own pages of their tasks.

The API server asks for a link when it shows a task, so links need no task that ran: a step that
the plan skipped has them, too.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote, urlsplit

from airflow.configuration import conf
from airflow.sdk import BaseOperatorLink

from zruntime.airflow.operators import (
    CachePlanOperator,
    ConditionOperator,
    ExpandOperator,
    StepOperator,
)

if TYPE_CHECKING:
    from airflow.sdk.types import TaskInstanceKey

    from zruntime.store import Producer

LINEAGE_ROUTE: Final = "zcompile-lineage"


@cache
def root_path() -> str:
    """The path below which Airflow is served, without a slash at its end."""
    return urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")


def lineage_path(dag_id: str, run_id: str, step: str) -> str:
    """The address of a run's Lineage tab, with a step selected there.

    Airflow takes the tab for the open one only if ":" and "+" are as they are.
    """
    dag, run = quote(dag_id, safe=""), quote(run_id, safe=":+")
    query = f"?step={quote(step, safe='')}" if step else ""
    return f"{root_path()}/dags/{dag}/runs/{run}/plugin/{LINEAGE_ROUTE}{query}"


class LineageLink(BaseOperatorLink):
    """Leads to the step in the lineage of its run."""

    name = "Lineage"
    operators: ClassVar[list[Any]] = [
        CachePlanOperator,
        StepOperator,
        ExpandOperator,
        ConditionOperator,
    ]

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """The address of the Lineage tab."""
        from zruntime.planning import condition_task, expand_task

        prefixes = {
            "CachePlanOperator": ti_key.task_id,
            "ExpandOperator": expand_task(""),
            "ConditionOperator": condition_task(""),
        }
        step = ti_key.task_id.removeprefix(prefixes.get(operator.task_type, ""))
        return lineage_path(ti_key.dag_id, ti_key.run_id, step)


class ProducingRunLink(BaseOperatorLink):
    """Leads to the step that computed a cached result, in the run that did so."""

    name = "Producing run"
    operators: ClassVar[list[Any]] = [StepOperator]

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """The address of the producing run's lineage; empty where there is none to show."""
        # The store is opened in the API server only: Airflow's other processes load plugins, too.
        from zruntime.airflow.store import open_airflow_store
        from zruntime.exceptions import ZCompileError
        from zruntime.records import Records

        try:
            with open_airflow_store() as store:
                records = Records(store)
                producer = _producer(records, ti_key)
                dag_id = records.dag_of(producer) if producer else None
        except ZCompileError:
            return ""
        return lineage_path(dag_id, producer.run, producer.step) if dag_id and producer else ""


def _producer(records: Any, key: TaskInstanceKey) -> Producer | None:
    """The step run whose result a task took from the cache."""
    run = records.run_of_dag(key.dag_id, key.run_id)
    step = next((step for step in run.steps if step.name == key.task_id), None) if run else None
    if step is None or not step.instances or key.map_index < 0:
        return step.producer if step is not None and step.state == "cached" else None
    index = _instance(key)
    found = next((each for each in step.instances if each.index == index), None)
    return found.producer if found is not None and found.state == "cached" else None


def _instance(key: TaskInstanceKey) -> int | None:
    """Which instance of its step a mapped task is: Airflow maps over those that were not cached."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    from zruntime.planning import expand_task

    pushed = XComModel.get_many(
        key="return_value",
        run_id=key.run_id,
        dag_ids=key.dag_id,
        task_ids=expand_task(key.task_id),
    )
    with create_session() as session:
        row = session.execute(pushed.with_only_columns(XComModel.value)).first()
    value = row.value if row else []
    indices = json.loads(value) if isinstance(value, str) else value
    return int(indices[key.map_index]) if key.map_index < len(indices) else None


LINKS: Final = [LineageLink(), ProducingRunLink()]
