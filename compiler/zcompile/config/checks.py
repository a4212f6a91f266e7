"""Arguments of a DAG that contradict each other; Airflow finds them when it reads the file."""

from __future__ import annotations

from collections.abc import Iterator

from zcompile.config.assets import AllOf, AnyOf, Asset, AssetAlias
from zcompile.config.cron import CONTINUOUS
from zcompile.config.models import PipelineConfig

Contradiction = tuple[tuple[str, ...], str, str, str]
"""The keys of the value at fault, what is wrong, what to do, and the code."""


def contradictions(config: PipelineConfig) -> Iterator[Contradiction]:
    """The arguments that do not go together."""
    dag = config.dag
    by_time = dag.schedule is not None and not isinstance(
        dag.schedule, (tuple, Asset, AssetAlias, AnyOf, AllOf)
    )
    if dag.catchup and by_time and dag.start_date is None:
        yield (
            ("dag", "catchup"),
            "The config's `dag.catchup` is true, and the DAG has no `start_date`.",
            "Set `start_date`, from which on runs are made up for, or leave `catchup` out.",
            "ZC363",
        )
    if dag.schedule == CONTINUOUS and dag.max_active_runs != 1:
        yield (
            ("dag", "schedule"),
            f"The config's `dag.schedule` is {CONTINUOUS}, which runs the DAG once at a time.",
            "Add `max_active_runs: 1` under `dag:`.",
            "ZC363",
        )
    if dag.fail_fast and dag.on_hit != "success":
        yield (
            ("dag", "fail_fast"),
            "The config's `dag.fail_fast` is true, which Airflow does not allow where cached steps "
            "end skipped.",
            "Add `on_hit: success` under `dag:`, or leave `fail_fast` out.",
            "ZC363",
        )
    if dag.start_date and dag.end_date and dag.end_date < dag.start_date:
        yield (
            ("dag", "end_date"),
            "The config's `dag.end_date` is before its `start_date`.",
            "Change one of them.",
            "ZC363",
        )
