"""The Airflow side of zcompile: the operators of a generated DAG, and the plugin of the web UI."""

from zruntime.airflow.operators import (
    CachePlanOperator,
    ConditionOperator,
    ExpandOperator,
    StepOperator,
)

__all__ = ["CachePlanOperator", "ConditionOperator", "ExpandOperator", "StepOperator"]
