"""Runs, steps and instances as they are recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from zruntime.items import collected
from zruntime.store import ArtifactRef, Producer

ENDED_WELL = frozenset({"completed", "cached", "skipped"})
"""The states of steps that do not keep a run from being completed."""

_SHOWN = 3
"""How many different reasons of its instances a mapped step tells."""


class InstanceRecord(Struct, frozen=True):
    """How an instance of a mapped step fared in a run.

    Attributes:
        index: Which item it took, from 0.
        state: "waiting", "running", "completed", "cached" or "failed".
        key: Its key, where it is known.
        reason: Why it was not cached, in words.
        kind: The kind of that reason, one of `keys.KINDS`.
        outputs: Its artifacts.
        producer: The step run that computed them.
        started: Unix time, in seconds.
        duration: In seconds.
        saved: Seconds that a cached result had taken to compute.
        waited: Seconds that it waited for another process which computed the same result.
        error: What it raised.
    """

    index: int
    state: str = "waiting"
    key: str | None = None
    reason: str = ""
    kind: str = ""
    outputs: Mapping[str, ArtifactRef] = field(default_factory=dict)
    producer: Producer | None = None
    started: float | None = None
    duration: float | None = None
    saved: float | None = None
    waited: float = 0.0
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data, as `from_json` takes it."""
        return _to_json(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> InstanceRecord:
        """The record that `to_json` wrote."""
        return cls(**_from_json(cls, data))


class StepRecord(Struct, frozen=True):
    """How a step fared in a run.

    Attributes:
        name: The step's name in the pipeline.
        function: The step function's name.
        state: "waiting", "running", "completed", "cached", "failed" or "skipped"; the last one is
            that of a step which did not run because of a condition.
        parameters: Plain JSON data.
        inputs: Where each input came from: ``{"step": ..., "output": ...}``.
        declares: The declared type of each output; empty in records of older versions.
        key: The step's key, where it is known.
        parts: The key's parts.
        reason: Why it was not cached, in words.
        kind: The kind of that reason, one of `keys.KINDS`.
        diffs: Unified diffs of the code that changed since.
        outputs: Its artifacts.
        producer: The step run that computed them.
        started: Unix time, in seconds.
        duration: In seconds.
        saved: Seconds that a cached result had taken to compute.
        waited: Seconds that it waited for another process which computed the same result.
        error: What a failed step raised.
        instances: Those of a mapped step, as far as its list is known; None for other steps.
    """

    name: str
    function: str
    state: str = "waiting"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    declares: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    kind: str = ""
    diffs: tuple[str, ...] = ()
    outputs: Mapping[str, ArtifactRef] = field(default_factory=dict)
    producer: Producer | None = None
    started: float | None = None
    duration: float | None = None
    saved: float | None = None
    waited: float = 0.0
    error: str = ""
    instances: tuple[InstanceRecord, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data, as `from_json` takes it."""
        instances = self.instances
        return _to_json(self) | {
            "diffs": list(self.diffs),
            "instances": None if instances is None else [item.to_json() for item in instances],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StepRecord:
        """The record that `to_json` wrote."""
        found = data.get("instances")
        instances = None if found is None else tuple(map(InstanceRecord.from_json, found))
        diffs = tuple(data.get("diffs", ()))
        return cls(**{**_from_json(cls, data), "diffs": diffs, "instances": instances})

    def with_instances(self, instances: Sequence[InstanceRecord]) -> StepRecord:
        """The record of a mapped step, summed up from those of its instances."""
        if not instances:
            return replace(self, instances=())
        starts = [item.started for item in instances if item.started is not None]
        ends = [(item.started or 0.0) + (item.duration or 0.0) for item in instances]
        ended = all(item.duration is not None for item in instances)
        saved = [item.saved for item in instances if item.saved is not None]
        failed = next((item for item in instances if item.error), None)
        return replace(
            self,
            state=_summed_state({item.state for item in instances}),
            reason=_summed_reason(instances) or self.reason,
            outputs=_summed_outputs([item.outputs for item in instances]),
            producer=next((item.producer for item in instances), None),
            started=min(starts, default=None),
            duration=max(ends) - min(starts) if ended and starts else None,
            saved=sum(saved) if saved else None,
            error=f"instance {failed.index}: {failed.error}" if failed else "",
            instances=tuple(instances),
        )


class RunRecord(Struct, frozen=True):
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
        return "completed" if states <= ENDED_WELL else "running"

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

    @classmethod
    def from_json(cls, data: Mapping[str, Any], steps: tuple[StepRecord, ...]) -> RunRecord:
        """The record that `to_json` wrote, with these steps."""
        names = ("pipeline", "name", "number", "dag_id", "enable_cache", "started")
        return cls(**{name: data[name] for name in names}, steps=steps)


def _to_json(record: StepRecord | InstanceRecord) -> dict[str, Any]:
    data = {name: getattr(record, name) for name in record.__struct_fields__}
    data["outputs"] = {name: ref.to_json() for name, ref in record.outputs.items()}
    data["producer"] = record.producer.to_json() if record.producer else None
    return data


def _from_json(kind: type[StepRecord | InstanceRecord], data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record; those of a newer version of zcompile are left out."""
    outputs = {name: ArtifactRef.from_json(ref) for name, ref in data["outputs"].items()}
    producer = Producer(**data["producer"]) if data["producer"] else None
    known = {name: value for name, value in data.items() if name in kind.__struct_fields__}
    return {**known, "outputs": outputs, "producer": producer}


def _summed_state(states: set[str]) -> str:
    if "failed" in states:
        return "failed"
    if "waiting" in states:
        return "waiting" if states <= {"waiting", "cached"} else "running"
    if "running" in states:
        return "running"
    return "cached" if states == {"cached"} else "completed"


def _summed_reason(instances: Sequence[InstanceRecord]) -> str:
    """Why the instances ran that were not cached: how many of them, and their different reasons."""
    reasons = [item.reason for item in instances if item.reason]
    different = [*dict.fromkeys(reasons)]
    more = ["..."] if len(different) > _SHOWN else []
    told = "; ".join(different[:_SHOWN] + more)
    return f"{len(reasons)} of {len(instances)} instances: {told}" if told else ""


def _summed_outputs(outputs: Sequence[Mapping[str, ArtifactRef]]) -> dict[str, ArtifactRef]:
    """The lists that the instances make, once all of them have ended."""
    names = outputs[0] if all(outputs) else ()
    return {name: collected([made[name] for made in outputs]) for name in names}


def run_row(pipeline: str, number: int | str) -> str:
    """The name of the store's row that a run is recorded in."""
    return f"run/{pipeline}/{number}"


def name_row(pipeline: str, name: str) -> str:
    """That which holds a run's number, by its name."""
    return f"run-name/{pipeline}/{name}"


def dag_run_row(dag_id: str, run_id: str) -> str:
    """That which holds a DAG run's pipeline and number."""
    return f"dag-run/{dag_id}/{run_id}"


def step_row(pipeline: str, number: int, step: str = "") -> str:
    """That of a step which ran; what the rows of all steps of the run begin with."""
    return f"step/{pipeline}/{number}/{step}"


def instance_row(pipeline: str, number: int, step: str = "", index: int | str = "") -> str:
    """That of an instance which ran; what those of all instances of the run or step begin with."""
    within = f"{step}/{index}" if step else ""
    return f"instance/{pipeline}/{number}/{within}"
