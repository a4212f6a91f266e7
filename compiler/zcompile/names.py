"""Names in generated code."""

from __future__ import annotations

import keyword
import re

RESERVED = frozenset(
    {
        "DAG",
        "Label",
        "Param",
        "CachePlanOperator",
        "StepOperator",
        "cache_plan",
        "datetime",
        "timedelta",
        "timezone",
    }
)
"""Names that a generated DAG file uses itself."""


def variable_name(task_id: str) -> str:
    """The variable of a task in a DAG file; a valid identifier that shadows nothing."""
    name = re.sub(r"\W", "_", task_id, flags=re.ASCII)
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in RESERVED:
        return f"{name}_"
    return f"step_{name}" if name[0].isdigit() else name
