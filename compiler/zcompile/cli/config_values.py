"""`zcompile PIPELINE --explain-config`: where each value comes from."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from zcompile.cli.excerpts import position
from zcompile.cli.reports import Report
from zcompile.config.assets import Section
from zcompile.explaining import ConfigValue, explain_config
from zcompile.program import Source
from zruntime.diagnostics import Place

_COLOURS = {"default": "dim", "code": "cyan", "config": "green", "--set": "magenta"}


def tell_config_values(sources: Iterable[Source], report: Report) -> None:
    """Tells the values of pipeline files in columns, a table for each DAG."""
    for source in sources:
        with report.mistakes():
            by_dag: dict[str, list[ConfigValue]] = {}
            for value in explain_config(source):
                by_dag.setdefault(value.dag_id, []).append(value)
                report.result("values", _as_json(value))
            for dag_id, values in by_dag.items():
                report.say(Text(dag_id, style="bold"))
                report.rows([_row(value) for value in values])


def _row(value: ConfigValue) -> list[str | Text]:
    where = [value.origin, _path(value.place)]
    if value.variables:
        where.append(f"(from {', '.join(value.variables)})")
    if value.overrides:
        where.append(f"(over {_path(value.overrides)})")
    text = " ".join(filter(None, where))
    return [value.name, _shown(value.value), Text(text, style=_COLOURS[value.origin])]


def _shown(value: object) -> str:
    text = repr(_plain(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(value: object) -> object:
    if isinstance(value, Section):
        return value.model_dump(mode="json", exclude_none=True, warnings=False)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (bool, int, float, str, dict, type(None))) else str(value)


def _path(place: Place | None) -> str:
    return position(place) if place else ""


def _as_json(value: ConfigValue) -> dict[str, object]:
    return {
        "dag_id": value.dag_id,
        "name": value.name,
        "value": _plain(value.value),
        "origin": value.origin,
        "place": _path(value.place) or None,
        "variables": list(value.variables),
        "overrides": _path(value.overrides) or None,
    }
