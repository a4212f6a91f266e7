"""Records of DAG runs where all hosts read them: workers have stores of their own.

The plan and each step are published apart, so that workers never write to the same one. What a step
did counts for the plan that it names: a run that is planned again begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from zruntime.recorded import InstanceRecord, RunRecord, StepRecord
from zruntime.store import Producer, Store
from zruntime.store.base import PublishedGroup, row_in

_DAGS: dict[tuple[str, str], str] = {}
"""The DAGs of runs by pipeline and name, as far as they were asked for: they do not change."""


class SharedRuns:
    """The published records of DAG runs; none where the store is not shared.

    Args:
        store: Where they are published.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def publish_plan(self, run: RunRecord) -> None:
        """Publishes a run that was planned; local runs stay local."""
        if run.dag_id:
            rows = {
                row_in(group_of(run), ""): run.to_json(),
                row_in(_runs_group(run.dag_id), run.name): {"planned": run.started},
                _producer_row(run.pipeline, run.name): run.dag_id,
            }
            self._store.each(lambda row: self._store.publish(*row), rows.items())

    def publish(
        self, run: RunRecord, step: str, index: int | None, record: Mapping[str, Any]
    ) -> None:
        """Publishes the record of a step, or of one of its instances."""
        if run.dag_id:
            row = _part_row(run, step, index)
            self._store.publish(row, {"planned": run.started, "record": dict(record)})

    def plan(self, dag_id: str, run_id: str) -> RunRecord | None:
        """A run as it was planned last, or None."""
        return _planned(self._store.published(row_in(_group(dag_id, run_id), "")))

    def run(self, dag_id: str, run_id: str) -> RunRecord | None:
        """A run with what its steps have done, or None."""
        group = self._store.published_in(_group(dag_id, run_id))
        run = _planned(group.values([""])[0])
        if run is None:
            return None
        written = group.values([step.name for step in run.steps])
        steps = zip(run.steps, written, strict=True)
        return replace(run, steps=tuple(_step(group, run, step, row) for step, row in steps))

    def runs_of_dag(self, dag_id: str, limit: int) -> list[RunRecord]:
        """The runs of a DAG that were planned last, the newest first."""
        names = self._store.published_in(_runs_group(dag_id)).names()[:limit]
        runs = (self.run(dag_id, name) for name in names)
        found = [run for run in runs if run is not None]
        return sorted(found, key=lambda run: run.started, reverse=True)

    def dag_of(self, producer: Producer) -> str | None:
        """The DAG whose run computed a result, or None."""
        place = producer.pipeline, producer.run
        if place not in _DAGS:
            found = self._store.published(_producer_row(*place))
            if found is None:
                return None
            _DAGS[place] = str(found)
        return _DAGS[place]

    def part(self, run: RunRecord, step: str, index: int | None = None) -> Any | None:
        """The record of a step or an instance since the run was planned last, or None."""
        row = self._store.published(_part_row(run, step, index)) if run.dag_id else None
        return _written(run, row)


def _planned(row: Any | None) -> RunRecord | None:
    """A run from the row of its plan."""
    if row is None:
        return None
    return RunRecord.from_json(row, tuple(map(StepRecord.from_json, row["steps"])))


def _written(run: RunRecord, row: Any | None) -> Any | None:
    """The record in a row, if it was written since the run was planned last."""
    return row["record"] if row is not None and row["planned"] == run.started else None


def _step(
    group: PublishedGroup, run: RunRecord, planned: StepRecord, row: Any | None
) -> StepRecord:
    record = _written(run, row)
    step = planned if record is None else StepRecord.from_json(record)
    if step.instances is None:
        return step
    rows = group.values([f"{step.name}/{at.index}" for at in step.instances])
    written = ((at, _written(run, row)) for at, row in zip(step.instances, rows, strict=True))
    return step.with_instances(
        [InstanceRecord.from_json(row) if row else at for at, row in written]
    )


def group_of(run: RunRecord) -> str:
    return _group(str(run.dag_id), run.name)


def _group(dag_id: str, run_id: str) -> str:
    return f"shared-run/{dag_id}/{run_id}"


def _runs_group(dag_id: str) -> str:
    return f"shared-runs/{dag_id}"


def _part_row(run: RunRecord, step: str, index: int | None) -> str:
    return row_in(group_of(run), step if index is None else f"{step}/{index}")


def _producer_row(pipeline: str, run: str) -> str:
    return f"shared-dag/{pipeline}/{run}"
