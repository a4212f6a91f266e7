"""The Airflow side of zcompile: the operators of a generated DAG, and the plugin of the web UI."""

from zruntime.airflow.operators import (
    CachePlanOperator,
    ConditionOperator,
    ExpandOperator,
    StepOperator,
)
from zruntime.airflow.pods import pod_resources

__all__ = [
    "CachePlanOperator",
    "ConditionOperator",
    "ExpandOperator",
    "StepOperator",
    "pod_resources",
]
