"""Records of runs, kept in the store: one truth for scripts, the command line and web pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from zruntime.exceptions import DuplicateRunNameError
from zruntime.history import History
from zruntime.items import collected_outputs
from zruntime.keys import NO_REASON, Reason
from zruntime.planned import all_diffs, planned_instances, planned_step, static
from zruntime.planning import CACHED, Plan, StepPlan, collect, instance_name
from zruntime.recorded import (
    InstanceRecord,
    RunRecord,
    StepRecord,
    dag_run_row,
    instance_row,
    name_row,
    run_row,
    step_row,
)
from zruntime.secrets import redacted
from zruntime.sharing import SharedRuns
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import Producer, Rows, Store

if TYPE_CHECKING:
    from zruntime.execution import StepResult

__all__ = ["InstanceRecord", "Records", "RunRecord", "StepRecord"]


class Records:
    """Reads and writes the records in a store.

    A run is one row, written when it is planned, with the steps that are cached. Each step that
    runs, and each instance of a mapped one, has a row of its own, so that workers never write to
    the same one.

    Args:
        store: Where they are kept.
        on_change: Told of each step's record as it is written, from the plan on; of a mapped
            step's when its instances are known, when one fails, and when all have ended.
        code: Folder of the present code, for diffs: a project's root, or a code bundle.

    Attributes:
        history: What is known of earlier results.
    """

    def __init__(
        self,
        store: Store,
        on_change: Callable[[StepRecord], None] = lambda _: None,
        code: Path | None = None,
    ) -> None:
        self._store = store
        self._on_change = on_change
        self._shared = SharedRuns(store)
        self.history = History(store, code)

    def start(
        self,
        pipeline: PipelineSpec,
        plan: Plan,
        name: str,
        *,
        dag_id: str | None = None,
        enable_cache: bool | None = None,
    ) -> RunRecord:
        """Records that a run was planned and starts now.

        A DAG run that is planned again, since its plan task was cleared, keeps its place.

        Raises:
            DuplicateRunNameError: if a local run of that name exists.
        """
        now = time.time()
        steps = tuple(planned_step(step, plan, now) for step in pipeline.steps)
        planned = RunRecord(pipeline.name, name, 0, dag_id, enable_cache, now, steps)
        run = self._store.transact(partial(_written, planned))
        self._shared.publish_plan(run)
        self._forget(run, pipeline.steps)
        for step, record in zip(pipeline.steps, steps, strict=True):
            self._list_items(step, plan)
            self._on_change(record)
        return run

    def _list_items(self, step: StepSpec, plan: Plan) -> None:
        """Has the store list the results of a mapped step whose instances are all cached."""
        planned = plan.steps[step.name]
        if step.mapped and planned.state == CACHED:
            collect(step, [instance.outputs for instance in planned.instances], self._store)

    def _forget(self, run: RunRecord, steps: Iterable[StepSpec]) -> None:
        """Removes what steps have recorded since the run was planned."""
        written = {*self._store.rows(step_row(run.pipeline, run.number))}
        for step in steps:
            row = step_row(run.pipeline, run.number, step.name)
            rows = [row] if row in written else []
            if step.mapped:
                rows += self._store.rows(instance_row(run.pipeline, run.number, step.name, ""))
            for row in rows:
                self._store.delete(row)

    def step_started(
        self, run: RunRecord, step: StepSpec, reason: Reason, index: int | None = None
    ) -> None:
        """Records that a step, or an instance of it, is being executed, and why."""
        self._write(run, step, index, reason, state="running", started=time.time())

    def step_ended(
        self,
        run: RunRecord,
        step: StepSpec,
        result: StepResult,
        reason: Reason,
        index: int | None = None,
    ) -> None:
        """Records a result, and remembers what its key was made of."""
        self._write(
            run,
            step,
            index,
            reason,
            state=result.state,
            key=result.key or None,
            outputs=result.outputs,
            producer=result.producer,
            started=result.started,
            duration=result.duration,
            saved=result.saved,
            waited=result.waited,
            **({"parts": result.parts} if index is None else {}),
        )
        if result.key:
            self.history.remember(
                run.pipeline, instance_name(step.name, index), result.key, result.parts
            )

    def step_failed(
        self,
        run: RunRecord,
        step: StepSpec,
        started: float,
        reason: Reason,
        error: BaseException,
        index: int | None = None,
    ) -> None:
        """Records that a step, or an instance of it, raised an exception."""
        self._write(
            run,
            step,
            index,
            reason,
            state="failed",
            started=started,
            duration=max(0.0, time.time() - started),
            error=redacted(f"{type(error).__name__}: {error}"),
        )

    def step_skipped(self, run: RunRecord, step: StepSpec, reason: str) -> None:
        """Records that a step does not run because of a condition."""
        self._write(run, step, None, Reason(reason), state="skipped")

    def step_expanded(
        self, run: RunRecord, step: StepSpec, instances: Sequence[StepPlan], reason: Reason
    ) -> None:
        """Records which instances a mapped step has, and which of them are cached."""
        self._forget(run, [step])
        now = time.time()
        planned = planned_instances(instances, now)
        if planned:
            reason = replace(reason, diffs=all_diffs(instances) or reason.diffs)
            self._write(run, step, None, reason, instances=planned)
        else:
            outputs = collected_outputs(step, ())
            ended: dict[str, Any] = {"started": now, "duration": 0.0, "outputs": outputs}
            self._write(run, step, None, NO_REASON, state="completed", instances=(), **ended)

    def _write(
        self, run: RunRecord, step: StepSpec, index: int | None, reason: Reason, **fields: Any
    ) -> None:
        if index is None:
            row = step_row(run.pipeline, run.number, step.name)
            fields |= {"reason": reason.text, "kind": reason.kind, "diffs": reason.diffs}
            step_record = StepRecord(**static(step), **fields)
            written = step_record.to_json()
            self._store.put(row, written)
            self._on_change(step_record)
        else:
            row = instance_row(run.pipeline, run.number, step.name, index)
            written = InstanceRecord(
                index, reason=reason.text, kind=reason.kind, **fields
            ).to_json()
            self._store.put(row, written)
            if fields["state"] == "running":
                told = f"instance {index}: {reason.text}"
                self._on_change(StepRecord(**static(step), reason=told, **fields))
        self._shared.publish(run, step.name, index, written)

    def instances_ended(self, run: RunRecord, step: StepSpec) -> None:
        """Tells that all instances of a mapped step have ended, or that one has failed."""
        row = self._store.get(step_row(run.pipeline, run.number, step.name))
        planned = next(record for record in run.steps if record.name == step.name)
        self._on_change(self._step(run.pipeline, run.number, row or planned.to_json()))

    def was_executed(self, run: RunRecord, step: str, index: int | None = None) -> bool:
        """Whether a step's execution, or an instance's, began after the run was last planned."""
        row = step_row(run.pipeline, run.number, step)
        if index is not None:
            row = instance_row(run.pipeline, run.number, step, index)
        here = self._store.get(row) is not None
        return here or self._shared.part(run, step, index) is not None

    def pipelines(self) -> list[str]:
        """Names of the pipelines that have runs, in alphabetical order."""
        return sorted(row.removeprefix("pipeline/") for row in self._store.rows("pipeline/"))

    def runs(self, pipeline: str) -> Iterator[RunRecord]:
        """The runs of a pipeline, oldest first."""
        count = self._store.get(f"run-count/{pipeline}") or 0
        for number in range(1, count + 1):
            run = self.run(pipeline, number)
            if run is not None:
                yield run

    def newest(self, limit: int = 50) -> list[RunRecord]:
        """The runs of all pipelines that started last, the newest first."""
        found: list[RunRecord] = []
        for pipeline in self.pipelines():
            last = self._store.get(f"run-count/{pipeline}") or 0
            runs = (self.run(pipeline, number) for number in range(last, 0, -1))
            found += islice((run for run in runs if run is not None), limit)
        return sorted(found, key=lambda run: run.started, reverse=True)[:limit]

    def run(self, pipeline: str, number: int) -> RunRecord | None:
        """A run by its number, or None."""
        row = self._store.get(run_row(pipeline, number))
        if row is None:
            return None
        written = dict(self._store.items(step_row(pipeline, number)))
        steps = ((step_row(pipeline, number, step["name"]), step) for step in row["steps"])
        return RunRecord.from_json(
            row,
            tuple(
                self._step(pipeline, number, written.get(name) or planned)
                for name, planned in steps
            ),
        )

    def _step(self, pipeline: str, number: int, row: Mapping[str, Any]) -> StepRecord:
        """A step's record from its row, with those of its instances that have rows of their own."""
        record = StepRecord.from_json(row)
        if record.instances is None:
            return record
        written = dict(self._store.items(instance_row(pipeline, number, record.name, "")))
        rows = (instance_row(pipeline, number, record.name, at.index) for at in record.instances)
        return record.with_instances(
            [
                InstanceRecord.from_json(written[name]) if written.get(name) else instance
                for name, instance in zip(rows, record.instances, strict=True)
            ]
        )

    def numbers(self, pipeline: str) -> list[int]:
        """The numbers of the runs of a pipeline that are recorded, in order."""
        return _numbers(pipeline, self._store)

    def remove(self, run: RunRecord) -> bool:
        """Removes the record of a run, all or nothing.

        Returns:
            Whether it was removed; not if the run was planned again meanwhile.
        """
        row = run_row(run.pipeline, run.number)
        planned = self._store.get(row)
        if planned is None or planned["started"] != run.started:
            return False
        name = name_row(run.pipeline, run.name)
        rows = [row, name] if self._store.get(name) == run.number else [row]
        if run.dag_id:
            rows.append(dag_run_row(run.dag_id, run.name))
        rows += self._store.rows(step_row(run.pipeline, run.number))
        rows += self._store.rows(instance_row(run.pipeline, run.number))
        return self._store.delete_all(rows, row, planned)

    def run_named(self, pipeline: str, name: str) -> RunRecord | None:
        """A run by its name, or None."""
        number = self._store.get(name_row(pipeline, name))
        return self.run(pipeline, number) if number else None

    def run_of_dag(self, dag_id: str, run_id: str) -> RunRecord | None:
        """The record of a DAG run with what it did on all hosts, or None."""
        return self._shared.run(dag_id, run_id) or self._run_here(dag_id, run_id)

    def joined(self, dag_id: str, run_id: str, steps: Iterable[StepSpec]) -> RunRecord | None:
        """The record of a DAG run in this store, taken over where another host planned it."""
        here, shared = self._run_here(dag_id, run_id), self._shared.plan(dag_id, run_id)
        if shared is None or (here is not None and here.started >= shared.started):
            return here
        run = self._store.transact(partial(_written, shared))
        self._forget(run, steps)
        return run

    def _run_here(self, dag_id: str, run_id: str) -> RunRecord | None:
        row = self._store.get(dag_run_row(dag_id, run_id))
        return self.run(row["pipeline"], row["number"]) if row else None

    def runs_of_dag(self, dag_id: str, limit: int = 30) -> list[RunRecord]:
        """The DAG runs of a DAG that were planned last on any host, the newest first."""
        shared = self._shared.runs_of_dag(dag_id, limit)
        names = {dag_run_row(dag_id, run.name) for run in shared}
        items = self._store.items(dag_run_row(dag_id, ""))
        rows = (row for name, row in items if name not in names)
        newest = sorted(rows, key=lambda row: int(row["number"]), reverse=True)[:limit]
        runs = (self.run(row["pipeline"], row["number"]) for row in newest)
        here = [run for run in runs if run is not None]
        if not shared:
            return here
        return sorted([*shared, *here], key=lambda run: run.started, reverse=True)[:limit]

    def dags(self) -> dict[str, frozenset[str]]:
        """The ids of the DAGs that have run each pipeline, by the pipeline's name."""
        found: dict[str, set[str]] = {}
        for name, row in self._store.items("dag-run/"):
            found.setdefault(row["pipeline"], set()).add(name.split("/")[1])
        return {pipeline: frozenset(dags) for pipeline, dags in found.items()}

    def dag_of(self, producer: Producer) -> str | None:
        """The DAG whose run computed a result, or None for a local run or one that is forgotten."""
        number = self._store.get(name_row(producer.pipeline, producer.run))
        row = self._store.get(run_row(producer.pipeline, number)) if number else None
        return row["dag_id"] if row else self._shared.dag_of(producer)


def _written(run: RunRecord, rows: Rows) -> RunRecord:
    """Writes the row of a run, under a new number or that of a DAG run which is planned again.

    A name is taken once by local runs; DAGs that are variants of one pipeline may have runs of the
    same id.

    Raises:
        DuplicateRunNameError: if a local run of that name exists.
    """
    known = rows.get(dag_run_row(run.dag_id, run.name)) if run.dag_id else None
    run = replace(run, number=known["number"] if known else _new_number(run, rows))
    rows.put(run_row(run.pipeline, run.number), run.to_json())
    return run


def _new_number(run: RunRecord, rows: Rows) -> int:
    pipeline = run.pipeline
    rows.add(f"pipeline/{pipeline}", {})
    number = rows.increment(f"run-count/{pipeline}")
    if rows.get(run_row(pipeline, number)) is not None:
        # A disk lost the counter, which began anew.
        number = 1 + max(_numbers(pipeline, rows), default=number)
        rows.put(f"run-count/{pipeline}", number)
    is_new = rows.add(name_row(pipeline, run.name), number)
    if run.dag_id:
        rows.put(dag_run_row(run.dag_id, run.name), {"pipeline": pipeline, "number": number})
    elif not is_new:
        raise DuplicateRunNameError(
            f"Pipeline `{pipeline}` already has a run named `{run.name}`.",
            remedy="Choose another run_name, or leave it out.",
            code="ZC250",
        )
    return number


def _numbers(pipeline: str, rows: Rows) -> list[int]:
    return sorted(int(row.rpartition("/")[2]) for row in rows.rows(run_row(pipeline, "")))
