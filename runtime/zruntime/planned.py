"""Records of steps as a plan leaves them, before any of them runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zruntime.planning import CACHED, SKIPPED, Plan, StepPlan
from zruntime.recorded import InstanceRecord, StepRecord
from zruntime.spec import StepSpec


def static(step: StepSpec) -> dict[str, Any]:
    """The fields of a step's record that no run changes."""
    inputs = {name: {"step": ref.step, "output": ref.output} for name, ref in step.inputs.items()}
    return {
        "name": step.name,
        "function": step.function,
        "parameters": dict(step.parameters),
        "inputs": inputs,
        "declares": dict(step.outputs),
    }


def planned_step(step: StepSpec, plan: Plan, now: float) -> StepRecord:
    """The record of a step of a run that is planned now; `now` is Unix time, in seconds."""
    planned = plan.steps[step.name]
    diffs = planned.reason.diffs or all_diffs(planned.instances)
    reason = {"reason": planned.reason.text, "kind": planned.reason.kind, "diffs": diffs}
    fields = {**static(step), **reason}
    if planned.state == SKIPPED:
        fields["state"] = "skipped"
    elif step.mapped and (planned.instances or planned.state == CACHED):
        fields["instances"] = planned_instances(planned.instances, now)
    if planned.state == CACHED:
        fields |= {
            "state": "cached",
            "key": planned.key,
            "parts": planned.parts,
            "outputs": planned.outputs,
            "producer": planned.producer,
            "started": now,
            "duration": 0.0,
            "saved": planned.saved,
        }
    return StepRecord(**fields)


def planned_instances(instances: Sequence[StepPlan], now: float) -> tuple[InstanceRecord, ...]:
    """The records of the instances of a mapped step; `now` is Unix time, in seconds."""
    return tuple(
        InstanceRecord(
            index,
            state="cached",
            key=plan.key,
            outputs=plan.outputs,
            producer=plan.producer,
            started=now,
            duration=0.0,
            saved=plan.saved,
        )
        if plan.state == CACHED
        else InstanceRecord(index, reason=plan.reason.text, kind=plan.reason.kind)
        for index, plan in enumerate(instances)
    )


def all_diffs(instances: Sequence[StepPlan]) -> tuple[str, ...]:
    """The different diffs of the instances of a mapped step."""
    return tuple(dict.fromkeys(diff for plan in instances for diff in plan.reason.diffs))
