"""Planning a run: which steps are cached, from keys and lookups alone; no user code is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zruntime.hashing import step_key
from zruntime.keys import describe_parts, explain, key_parts
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Producer, Store

CACHED = "cached"
RUN = "run"
PENDING = "pending"

PLAN_TASK = "cache_plan"
"""Name of the task that plans a DAG run."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What is known of a step before anything runs.

    Attributes:
        state: "cached" if its result is stored, "run" if not or if looking it up is switched off,
            "pending" if its key depends on the result of a step that runs first.
        reason: Why it is not cached, in words.
        key: Its key, where it is known.
        parts: The key's parts, as `describe_parts` gives them.
        outputs: The stored artifacts of a cached step.
        producer: The step run that computed them.
        saved: Seconds that they took to compute.
    """

    name: str
    state: str
    reason: str = ""
    key: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, ArtifactRef] = field(default_factory=dict)
    producer: Producer | None = None
    saved: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a run: what is known of each step, in the pipeline's order."""

    steps: Mapping[str, StepPlan]

    @property
    def cached(self) -> tuple[str, ...]:
        """Names of the steps that need not run."""
        return tuple(name for name, step in self.steps.items() if step.state == CACHED)

    @property
    def artifacts(self) -> dict[str, Mapping[str, ArtifactRef]]:
        """Artifacts of the cached steps, by step and output name."""
        return {name: self.steps[name].outputs for name in self.cached}

    @property
    def origins(self) -> dict[str, str]:
        """The run that computed each cached step's artifacts."""
        found = {name: self.steps[name].producer for name in self.cached}
        return {name: producer.run for name, producer in found.items() if producer}


History = Callable[[str], list[Mapping[str, Any]]]
"""Key parts of a step's earlier results, oldest first, by the step's name."""


def looks_up(pipeline: PipelineSpec, step: StepSpec, enable_cache: bool | None) -> bool:
    """Whether a stored result may be used for a step.

    The strongest switch first: the run's False, the step's own False, the run's True, the
    pipeline's False.

    Args:
        pipeline: The pipeline with its switch.
        step: The step with its own switch.
        enable_cache: The run's switch, None where it leaves the choice to the pipeline.
    """
    if enable_cache is False or not step.enable_cache:
        return False
    return enable_cache is True or pipeline.enable_cache


def plan_run(
    pipeline: PipelineSpec, store: Store, history: History, enable_cache: bool | None = None
) -> Plan:
    """Plans a run of a pipeline.

    Args:
        pipeline: The pipeline, with the parameters of this run.
        store: Where results are looked up.
        history: Tells of earlier results, for the reasons of misses.
        enable_cache: The run's cache switch.
    """
    plans: dict[str, StepPlan] = {}
    for step in pipeline.steps:
        plans[step.name] = _plan_step(pipeline, step, plans, store, history, enable_cache)
    return Plan(plans)


def _plan_step(
    pipeline: PipelineSpec,
    step: StepSpec,
    plans: Mapping[str, StepPlan],
    store: Store,
    history: History,
    enable_cache: bool | None,
) -> StepPlan:
    if not looks_up(pipeline, step, enable_cache):
        return StepPlan(step.name, RUN, switched_off(step, enable_cache))
    waits = sorted({ref.step for ref in step.inputs.values() if plans[ref.step].state != CACHED})
    if waits:
        return StepPlan(step.name, PENDING, f"depends on {', '.join(waits)}")
    inputs = {name: plans[ref.step].outputs[ref.output] for name, ref in step.inputs.items()}
    parts = key_parts(step, inputs)
    key = step_key(parts)
    entry = store.lookup(key)
    if entry is not None:
        return StepPlan(
            step.name,
            CACHED,
            key=key,
            parts=describe_parts(step, parts, {}),
            outputs=entry.outputs,
            producer=entry.producer,
            saved=entry.duration,
        )
    origins = {
        name: {"step": ref.step, "run": producer.run}
        for name, ref in step.inputs.items()
        if (producer := plans[ref.step].producer)
    }
    described = describe_parts(step, parts, origins)
    return StepPlan(step.name, RUN, explain(described, history(step.name)), key, described)


def switched_off(step: StepSpec, enable_cache: bool | None) -> str:
    """Why a step's result was not looked up, in words."""
    if enable_cache is False:
        return "cache switched off for this run"
    if not step.enable_cache:
        return "cache switched off for this step"
    return "cache switched off for this pipeline"
