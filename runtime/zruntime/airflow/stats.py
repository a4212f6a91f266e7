"""Metrics of the cache among Airflow's own: to statsd, Datadog or OpenTelemetry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

PREFIX: Final = "zcompile."

_LONGEST: Final = 100
"""Characters of a tag: statsd takes names of 250, in which the tags are."""
_UNFIT: Final = re.compile(r"[^a-zA-Z0-9_.-]")


class AirflowStats:
    """A collector that hands on to Airflow's `Stats`."""

    def count(self, name: str, value: int, tags: Mapping[str, str]) -> None:
        """See `zruntime.metrics.Collector`."""
        self._stats.incr(PREFIX + name, value, tags=_fit(tags))

    def timing(self, name: str, seconds: float, tags: Mapping[str, str]) -> None:
        """See `zruntime.metrics.Collector`."""
        self._stats.timing(PREFIX + name, timedelta(seconds=seconds), tags=_fit(tags))

    @cached_property
    def _stats(self) -> Any:
        try:
            from airflow.sdk.observability.stats import Stats
        except ImportError:  # Airflow 3.1
            from airflow.stats import Stats
        return Stats


def _fit(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags that every server of metrics takes: names of pipelines may be any text."""
    return {name: _UNFIT.sub("_", value)[:_LONGEST] for name, value in tags.items()}
