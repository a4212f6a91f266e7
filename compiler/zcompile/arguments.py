"""Arguments of a DAG and its tasks, from a config, as values that a literal can be made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zcompile.config.assets import AllOf, AnyOf, Asset, AssetAlias, Section
from zcompile.config.cron import CONTINUOUS, ONCE
from zcompile.config.models import DagArguments, DefaultArguments
from zcompile.config.resources import Resources
from zcompile.config.timetables import AssetOrTime, TimeTable
from zcompile.literals import Call
from zcompile.names import POD

UTC = "UTC"

_POSITIONAL = ("cron", "delta")
"""Arguments of timetables that go by different names in different versions of Airflow."""


def dag_arguments(dag: DagArguments) -> dict[str, Any]:
    """The arguments of DAG that a config sets, in the order of its models."""
    arguments = {
        name: _value(value, dag.timezone)
        for name, value in _given(dag).items()
        if name not in ("dag_id", "timezone", "owner", "on_hit", "default_args")
    }
    if isinstance(dag.schedule, str):
        arguments["schedule"] = _cron_schedule(dag.schedule, dag.timezone)
    arguments.setdefault("tags", ["zcompile"])
    default_args = task_arguments(dag.default_args)
    if dag.owner:
        default_args["owner"] = dag.owner
    if default_args:
        arguments["default_args"] = default_args
    return arguments


def task_arguments(task: DefaultArguments) -> dict[str, Any]:
    """The arguments of a task that a config sets."""
    if not task.model_fields_set:
        return {}
    arguments = {name: _value(value, None) for name, value in _given(task).items()}
    resources = arguments.pop("resources", None)
    return {**arguments, "executor_config": resources} if resources else arguments


def _given(section: Section) -> dict[str, Any]:
    values = {name: getattr(section, name) for name in type(section).model_fields}
    return {name: value for name, value in values.items() if value is not None}


def _cron_schedule(expression: str, zone: str | None) -> Any:
    """A schedule that a DAG takes as text, unless its times are of a zone."""
    if zone is None or expression in (ONCE, CONTINUOUS):
        return expression
    return Call("CronTriggerTimetable", {"0": expression, "timezone": zone})


def _value(value: Any, zone: str | None) -> Any:
    if isinstance(value, Asset):
        return _asset(value)
    if isinstance(value, AssetAlias):
        group = {"group": value.group} if value.group else {}
        return Call("AssetAlias", {"0": value.alias, **group})
    if isinstance(value, (AnyOf, AllOf)):
        items = value.any if isinstance(value, AnyOf) else value.all
        name = "AssetAny" if isinstance(value, AnyOf) else "AssetAll"
        return Call(name, {str(at): _value(item, zone) for at, item in enumerate(items)})
    if isinstance(value, Resources):
        quantities = value.quantities()
        return Call(POD, quantities) if quantities else None
    if isinstance(value, TimeTable):
        ((name, arguments),) = _given(value).items()
        return _timetable(name, arguments, zone)
    if isinstance(value, tuple):
        return [_value(item, zone) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value


def _asset(asset: Asset) -> Call:
    """An asset; Airflow takes the first argument for its name, and a name for the URI as well."""
    given = _given(asset)
    name, uri = given.pop("name", None), given.pop("uri", None)
    where = {"0": name or uri} if None in (name, uri) else {"name": name, "uri": uri}
    return Call("Asset", {**where, **given})


def _timetable(name: str, section: Section, zone: str | None) -> Call:
    if isinstance(section, AssetOrTime):
        return Call(
            name,
            {
                "timetable": _value(section.timetable, zone),
                "assets": _value(section.assets, zone),
            },
        )
    given = _given(section)
    first = given.pop("crons", None) or [given.pop(key) for key in _POSITIONAL if key in given]
    if "timezone" in type(section).model_fields:
        given = {"timezone": given.pop("timezone", zone or UTC), **given}
    return Call(name, {**{str(at): item for at, item in enumerate(first)}, **given})
