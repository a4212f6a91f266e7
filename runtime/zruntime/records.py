"""Records of runs, kept in the store: one truth for scripts, the command line and web pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zruntime.exceptions import DuplicateRunNameError
from zruntime.keys import explain
from zruntime.planning import CACHED, Plan
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Producer, Store

if TYPE_CHECKING:
    from zruntime.execution import StepResult

HISTORY = 8
"""How many earlier results of a step are kept for explanations."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """How a step fared in a run.

    Attributes:
        name: The step's name in the pipeline.
        function: The step function's name.
        state: "waiting", "running", "completed", "cached" or "failed".
        parameters: Plain JSON data.
        inputs: Where each input came from: ``{"step": ..., "output": ...}``.
        key: The step's key, where it is known.
        parts: The key's parts.
        reason: Why it was not cached, in words.
        outputs: Its artifacts.
        producer: The step run that computed them.
        started: Unix time, in seconds.
        duration: In seconds.
        saved: Seconds that a cached result had taken to compute.
        error: What a failed step raised.
    """

    name: str
    function: str
    state: str = "waiting"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    key: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    outputs: Mapping[str, ArtifactRef] = field(default_factory=dict)
    producer: Producer | None = None
    started: float | None = None
    duration: float | None = None
    saved: float | None = None
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data, as `from_json` takes it."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["outputs"] = {name: ref.to_json() for name, ref in self.outputs.items()}
        data["producer"] = self.producer.to_json() if self.producer else None
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StepRecord:
        """The record that `to_json` wrote."""
        outputs = {name: ArtifactRef.from_json(ref) for name, ref in data["outputs"].items()}
        producer = Producer(**data["producer"]) if data["producer"] else None
        return cls(**{**data, "outputs": outputs, "producer": producer})


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run of a pipeline.

    Attributes:
        pipeline: The pipeline's name.
        name: The run's name, unique in its pipeline; Airflow's run_id in Airflow.
        number: Counts the pipeline's runs from 1.
        dag_id: The DAG that ran it, or None.
        enable_cache: The run's cache switch, if it had one.
        started: Unix time, in seconds.
        steps: Its steps, in the pipeline's order.
    """

    pipeline: str
    name: str
    number: int
    dag_id: str | None
    enable_cache: bool | None
    started: float
    steps: tuple[StepRecord, ...]

    @property
    def status(self) -> str:
        """ "failed" if a step failed, "completed" if all have ended well, else "running"."""
        states = {step.state for step in self.steps}
        if "failed" in states:
            return "failed"
        return "completed" if states <= {"completed", "cached"} else "running"

    @property
    def ended(self) -> float | None:
        """Unix time at which the last step ended, or None while the run is not over."""
        if self.status == "running":
            return None
        ends = [(step.started or self.started) + (step.duration or 0.0) for step in self.steps]
        return max(ends, default=self.started)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data for web pages."""
        return {
            "pipeline": self.pipeline,
            "name": self.name,
            "number": self.number,
            "dag_id": self.dag_id,
            "status": self.status,
            "enable_cache": self.enable_cache,
            "started": self.started,
            "ended": self.ended,
            "steps": [step.to_json() for step in self.steps],
        }


class Records:
    """Reads and writes the records in a store.

    A run is one row, written when it is planned, with the steps that are cached. Each step that
    runs has a row of its own, so that workers never write to the same one.

    Args:
        store: Where they are kept.
        on_change: Told of each step's record as it is written, from the plan on.
    """

    def __init__(
        self, store: Store, on_change: Callable[[StepRecord], None] = lambda _: None
    ) -> None:
        self._store = store
        self._on_change = on_change

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
        number = self._number(pipeline.name, name, dag_id)
        now = time.time()
        steps = tuple(_planned(step, plan, now) for step in pipeline.steps)
        run = RunRecord(pipeline.name, name, number, dag_id, enable_cache, now, steps)
        self._store.put(_run_row(pipeline.name, number), run.to_json())
        for step in steps:
            self._store.delete(_step_row(pipeline.name, number, step.name))
            self._on_change(step)
        return run

    def _number(self, pipeline: str, name: str, dag_id: str | None) -> int:
        """The number of a run: a new one, or that of a DAG run which is planned again.

        A name is taken once by local runs; DAGs that are variants of one pipeline may have runs
        of the same id.
        """
        known = self._store.get(_dag_run_row(dag_id, name)) if dag_id else None
        if known is not None:
            return int(known["number"])
        self._store.add(f"pipeline/{pipeline}", {})
        number = self._store.increment(f"run-count/{pipeline}")
        is_new = self._store.add(_name_row(pipeline, name), number)
        if dag_id:
            self._store.put(_dag_run_row(dag_id, name), {"pipeline": pipeline, "number": number})
        elif not is_new:
            raise DuplicateRunNameError(
                f"Pipeline `{pipeline}` already has a run named `{name}`.",
                remedy="Choose another run_name, or leave it out.",
            )
        return number

    def step_started(self, run: RunRecord, step: StepSpec, reason: str) -> None:
        """Records that a step is being executed, and why it was not cached."""
        record = StepRecord(**_static(step), state="running", reason=reason, started=time.time())
        self._write(run, record)

    def step_ended(self, run: RunRecord, step: StepSpec, result: StepResult, reason: str) -> None:
        """Records a step's result, and remembers what its key was made of."""
        record = StepRecord(
            **_static(step),
            state=result.state,
            key=result.key,
            parts=result.parts,
            reason=reason,
            outputs=result.outputs,
            producer=result.producer,
            started=result.started,
            duration=result.duration,
            saved=result.saved,
        )
        self._write(run, record)
        self.remember(run.pipeline, step.name, result.key, result.parts)

    def step_failed(
        self, run: RunRecord, step: StepSpec, started: float, reason: str, error: BaseException
    ) -> None:
        """Records that a step raised an exception."""
        record = StepRecord(
            **_static(step),
            state="failed",
            reason=reason,
            started=started,
            duration=max(0.0, time.time() - started),
            error=f"{type(error).__name__}: {error}",
        )
        self._write(run, record)

    def _write(self, run: RunRecord, record: StepRecord) -> None:
        self._store.put(_step_row(run.pipeline, run.number, record.name), record.to_json())
        self._on_change(record)

    def was_executed(self, run: RunRecord, step: str) -> bool:
        """Whether a step's execution began after the run was last planned."""
        return self._store.get(_step_row(run.pipeline, run.number, step)) is not None

    def history(self, pipeline: str, step: str) -> list[Mapping[str, Any]]:
        """Key parts of a step's earlier results, oldest first."""
        rows = self._store.get(f"history/{pipeline}/{step}") or []
        return [row["parts"] for row in rows]

    def remember(self, pipeline: str, step: str, key: str, parts: Mapping[str, Any]) -> None:
        """Keeps the parts of a result's key for later explanations."""
        row = f"history/{pipeline}/{step}"
        rows = self._store.get(row) or []
        if rows and rows[-1]["key"] == key:
            return
        others = [item for item in rows if item["key"] != key]
        self._store.put(row, [*others, {"key": key, "parts": dict(parts)}][-HISTORY:])

    def reason(self, pipeline: str, step: str, parts: Mapping[str, Any]) -> str:
        """Why a key with these parts was missed, compared with the step's earlier results."""
        return explain(parts, self.history(pipeline, step))

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

    def run(self, pipeline: str, number: int) -> RunRecord | None:
        """A run by its number, or None."""
        row = self._store.get(_run_row(pipeline, number))
        if row is None:
            return None
        return RunRecord(
            pipeline=row["pipeline"],
            name=row["name"],
            number=row["number"],
            dag_id=row["dag_id"],
            enable_cache=row["enable_cache"],
            started=row["started"],
            steps=tuple(self._step(pipeline, number, step) for step in row["steps"]),
        )

    def _step(self, pipeline: str, number: int, planned: Mapping[str, Any]) -> StepRecord:
        row = self._store.get(_step_row(pipeline, number, planned["name"]))
        return StepRecord.from_json(row or planned)

    def run_named(self, pipeline: str, name: str) -> RunRecord | None:
        """A run by its name, or None."""
        number = self._store.get(_name_row(pipeline, name))
        return self.run(pipeline, number) if number else None

    def run_of_dag(self, dag_id: str, run_id: str) -> RunRecord | None:
        """The record of a DAG run, or None."""
        row = self._store.get(_dag_run_row(dag_id, run_id))
        return self.run(row["pipeline"], row["number"]) if row else None

    def dag_of(self, producer: Producer) -> str | None:
        """The DAG whose run computed a result, or None for a local run or one that is forgotten."""
        number = self._store.get(_name_row(producer.pipeline, producer.run))
        row = self._store.get(_run_row(producer.pipeline, number)) if number else None
        return row["dag_id"] if row else None


def _run_row(pipeline: str, number: int) -> str:
    return f"run/{pipeline}/{number}"


def _name_row(pipeline: str, name: str) -> str:
    return f"run-name/{pipeline}/{name}"


def _dag_run_row(dag_id: str, run_id: str) -> str:
    return f"dag-run/{dag_id}/{run_id}"


def _step_row(pipeline: str, number: int, step: str) -> str:
    return f"step/{pipeline}/{number}/{step}"


def _static(step: StepSpec) -> dict[str, Any]:
    inputs = {name: {"step": ref.step, "output": ref.output} for name, ref in step.inputs.items()}
    return {
        "name": step.name,
        "function": step.function,
        "parameters": dict(step.parameters),
        "inputs": inputs,
    }


def _planned(step: StepSpec, plan: Plan, now: float) -> StepRecord:
    planned = plan.steps[step.name]
    if planned.state != CACHED:
        return StepRecord(**_static(step), reason=planned.reason)
    return StepRecord(
        **_static(step),
        state="cached",
        key=planned.key,
        parts=planned.parts,
        outputs=planned.outputs,
        producer=planned.producer,
        started=now,
        duration=0.0,
        saved=planned.saved,
    )
