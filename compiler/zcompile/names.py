"""Names in generated code."""

from __future__ import annotations

import keyword
import re

_OTHERS = re.compile(r"\W", re.ASCII)

POD = "pod_resources"
"""What makes the `executor_config` of a step that asks for resources."""

SDK_NAMES = (
    "DAG",
    "Asset",
    "AssetAlias",
    "AssetAll",
    "AssetAny",
    "Label",
    "Param",
)
"""What a generated DAG file may import from `airflow.sdk`, in the order of its import."""

TIMETABLES = (
    "AssetOrTimeSchedule",
    "CronDataIntervalTimetable",
    "CronTriggerTimetable",
    "DeltaDataIntervalTimetable",
    "DeltaTriggerTimetable",
    "MultipleCronTriggerTimetable",
)
"""What it may import from `zruntime.airflow.timetables`, in the order of its import."""

RESERVED = frozenset(
    {
        *SDK_NAMES,
        *TIMETABLES,
        "CachePlanOperator",
        "ConditionOperator",
        "ExpandOperator",
        "StepOperator",
        POD,
        "cache_plan",
        "dag",
        "form",
        "datetime",
        "timedelta",
        "timezone",
        "ZoneInfo",
    }
)
"""Names that a generated DAG file uses itself."""


def variable_name(task_id: str) -> str:
    """The variable of a task in a DAG file; a valid identifier that shadows nothing."""
    name = slug(task_id)
    if (
        keyword.iskeyword(name)
        or keyword.issoftkeyword(name)
        or name in RESERVED
        or name[:2] == "__"
    ):
        return f"{name}_"
    return f"step_{name}" if name[0].isdigit() else name


def slug(name: str) -> str:
    """A name with `_` in place of all that an identifier cannot hold."""
    return _OTHERS.sub("_", name)
