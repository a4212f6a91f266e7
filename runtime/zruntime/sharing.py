"""Records of DAG runs where all hosts read them: workers have stores of their own.

The plan and each step are published apart, so that workers never write to the same one. What a step
did counts for the plan that it names: a run that is planned again begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zruntime.recorded import InstanceRecord, RunRecord, StepRecord
from zruntime.store import Store


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
            self._store.publish(_row(run), run.to_json())

    def publish(
        self, run: RunRecord, step: str, index: int | None, record: Mapping[str, Any]
    ) -> None:
        """Publishes the record of a step, or of one of its instances."""
        if run.dag_id:
            row = _part_row(run, step, index)
            self._store.publish(row, {"planned": run.started, "record": dict(record)})

    def plan(self, dag_id: str, run_id: str) -> RunRecord | None:
        """A run as it was planned last, or None."""
        row = self._store.published(_run_row(dag_id, run_id))
        if row is None:
            return None
        return RunRecord.from_json(row, tuple(map(StepRecord.from_json, row["steps"])))

    def run(self, dag_id: str, run_id: str) -> RunRecord | None:
        """A run with what its steps have done, or None."""
        run = self.plan(dag_id, run_id)
        if run is None:
            return None
        written = self._store.each(lambda step: self.part(run, step.name), run.steps)
        steps = zip(run.steps, written, strict=True)
        return replace(run, steps=tuple(self._step(run, step, row) for step, row in steps))

    def part(self, run: RunRecord, step: str, index: int | None = None) -> Any | None:
        """The record of a step or an instance since the run was planned last, or None."""
        row = self._store.published(_part_row(run, step, index)) if run.dag_id else None
        return row["record"] if row is not None and row["planned"] == run.started else None

    def _step(self, run: RunRecord, planned: StepRecord, row: Any | None) -> StepRecord:
        step = planned if row is None else StepRecord.from_json(row)
        if step.instances is None:
            return step
        written = self._store.each(lambda at: self.part(run, step.name, at.index), step.instances)
        instances = zip(step.instances, written, strict=True)
        return step.with_instances(
            [InstanceRecord.from_json(row) if row else at for at, row in instances]
        )


def _row(run: RunRecord) -> str:
    return _run_row(str(run.dag_id), run.name)


def _run_row(dag_id: str, run_id: str) -> str:
    return f"shared-run/{dag_id}/{run_id}"


def _part_row(run: RunRecord, step: str, index: int | None) -> str:
    return f"{_row(run)}/{step}" if index is None else f"{_row(run)}/{step}/{index}"
