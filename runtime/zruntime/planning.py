"""Planning a run: which steps are cached, from keys and lookups alone; no user code is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from zruntime.conditions import outcome, skip_reason
from zruntime.cycles import without_collections
from zruntime.exceptions import StepInterfaceError
from zruntime.formats import usable_entry
from zruntime.hashing import step_key
from zruntime.items import collected_outputs, instance_inputs, known_items, remember_items
from zruntime.keys import NO_REASON, Reason, describe_parts, key_parts
from zruntime.outside import NOTHING, Observe, Observed, nowhere
from zruntime.spec import OutputRef, PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Producer, Store

CACHED = "cached"
RUN = "run"
PENDING = "pending"
SKIPPED = "skipped"

PLAN_TASK = "cache_plan"
"""Name of the task that plans a DAG run."""


def expand_task(step: str) -> str:
    """Name of the task that lists the instances of a mapped step."""
    return f"expand_{step}"


def condition_task(step: str) -> str:
    """Name of the task that tests the condition of a step."""
    return f"when_{step}"


def tasks_of(step: StepSpec) -> tuple[str, ...]:
    """Names of the tasks that a step has in a DAG, in the order in which they run."""
    names = [condition_task(step.name)] if step.when is not None else []
    names += [expand_task(step.name)] if step.mapped else []
    return (*names, step.name)


class StepPlan(Struct, frozen=True):
    """What is known of a step before anything runs.

    Attributes:
        state: "cached" if its result is stored, "run" if not or if looking it up is switched off,
            "pending" if its key depends on the result of a step that runs first, "skipped" if it
            does not run because of a condition.
        reason: Why it is not cached.
        key: Its key, where it is known.
        parts: The key's parts, as `describe_parts` gives them.
        outputs: The stored artifacts of a cached step.
        producer: The step run that computed them.
        saved: Seconds that they took to compute.
        instances: What is known of each instance of a mapped step, where the list is known.
        passed: The outcome of its condition, where that is known.
    """

    name: str
    state: str
    reason: Reason = NO_REASON
    key: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, ArtifactRef] = field(default_factory=dict)
    producer: Producer | None = None
    saved: float | None = None
    instances: tuple[StepPlan, ...] = ()
    passed: bool | None = None

    @property
    def looked_up(self) -> tuple[StepPlan, ...]:
        """The plans of what was looked up for it: itself, or the instances of a mapped step."""
        return self.instances or (self,)


class Plan(Struct, frozen=True):
    """The plan of a run: what is known of each step, in the pipeline's order."""

    steps: Mapping[str, StepPlan]

    @property
    def cached(self) -> tuple[str, ...]:
        """Names of the steps that need not run."""
        return tuple(name for name, step in self.steps.items() if step.state == CACHED)

    @property
    def skipped(self) -> tuple[str, ...]:
        """Names of the steps that do not run because of a condition."""
        return tuple(name for name, step in self.steps.items() if step.state == SKIPPED)

    @property
    def artifacts(self) -> dict[str, Mapping[str, ArtifactRef]]:
        """Artifacts of the cached steps, by step and output name."""
        return {name: self.steps[name].outputs for name in self.cached}

    @property
    def origins(self) -> dict[str, str]:
        """The run that computed each cached step's artifacts."""
        found = {name: self.steps[name].producer for name in self.cached}
        return {name: producer.run for name, producer in found.items() if producer}


class Explain(Protocol):
    """Tells why a key was missed; `Records.explainer` makes one."""

    def __call__(self, name: str, parts: Mapping[str, Any], unusable: str = "") -> Reason:
        """The reason.

        Args:
            name: The step's name, or that of an instance, from `instance_name`.
            parts: The parts of the key that was missed.
            unusable: Why a result that is stored under the key is not used, in words.
        """


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
    pipeline: PipelineSpec,
    store: Store,
    explain: Explain,
    enable_cache: bool | None = None,
    observe: Observe = nowhere,
) -> Plan:
    """Plans a run of a pipeline.

    Args:
        pipeline: The pipeline, with the parameters of this run.
        store: Where results are looked up.
        explain: Tells the reasons of misses.
        enable_cache: The run's cache switch.
        observe: Tells what a step depends on outside.
    """
    planner = _Planner(pipeline, store, explain, enable_cache, observe)
    with without_collections():
        for wave in _waves(pipeline):
            # A mapped step looks up all of its instances at once by itself.
            plain = [step for step in wave if not step.mapped]
            planned = store.each(planner.plan, plain)
            planner.plans |= {plan.name: plan for plan in planned}
            planner.plans |= {step.name: planner.plan(step) for step in wave if step.mapped}
    return Plan({step.name: planner.plans[step.name] for step in pipeline.steps})


def _waves(pipeline: PipelineSpec) -> list[list[StepSpec]]:
    """The steps in groups, each of which depends on none but the groups before it."""
    depths: dict[str, int] = {}
    waves: list[list[StepSpec]] = []
    for step in pipeline.steps:
        before = {*step.required, *(ref.step for ref in step.inputs.values())}
        depth = max((depths[name] + 1 for name in before), default=0)
        depths[step.name] = depth
        if depth == len(waves):
            waves.append([])
        waves[depth].append(step)
    return waves


class _Planner:
    """Plans step by step; the plans of earlier steps tell what later ones depend on."""

    def __init__(
        self,
        pipeline: PipelineSpec,
        store: Store,
        explain: Explain,
        enable_cache: bool | None,
        observe: Observe,
    ) -> None:
        self.pipeline, self.store, self.explain = pipeline, store, explain
        self.enable_cache, self.observe = enable_cache, observe
        self.plans: dict[str, StepPlan] = {}
        self._mapped_over = pipeline.mapped_over()

    def plan(self, step: StepSpec) -> StepPlan:
        """The plan of a step whose predecessors are planned."""
        passed = self._passed(step)
        needed = [name for name in step.required if self.plans[name].state == SKIPPED]
        reason = skip_reason(step, needed, passed)
        if reason:
            return StepPlan(step.name, SKIPPED, Reason(reason), passed=passed)
        plan = self._plan_needed(step, passed)
        return plan if passed is None else replace(plan, passed=passed)

    def _passed(self, step: StepSpec) -> bool | None:
        if step.when is None:
            return None
        ref = self._artifact(step.when.source)
        try:
            return None if ref is None else outcome(step.when, ref)
        except StepInterfaceError:
            return None  # told when the condition is tested

    def _artifact(self, ref: OutputRef) -> ArtifactRef | None:
        return self.plans[ref.step].outputs.get(ref.output)

    def _plan_needed(self, step: StepSpec, passed: bool | None) -> StepPlan:
        if not looks_up(self.pipeline, step, self.enable_cache):
            reason = Reason(switched_off(step, self.enable_cache), kind="off")
            return StepPlan(step.name, RUN, reason)
        inputs = {
            name: ref
            for name, ref in step.inputs.items()
            if self.plans[ref.step].state != SKIPPED or name not in step.optional
        }
        waits = {ref.step for ref in inputs.values() if self.plans[ref.step].state != CACHED}
        if step.when is not None and passed is None:
            waits.add(step.when.source.step)
        if waits:
            reason = Reason(f"depends on {', '.join(sorted(waits))}")
            return StepPlan(step.name, PENDING, reason)
        origins = {
            name: {"step": ref.step, "run": producer.run}
            for name, ref in inputs.items()
            if (producer := self.plans[ref.step].producer)
        }
        artifacts = {name: self.plans[ref.step].outputs[ref.output] for name, ref in inputs.items()}
        observed = self.observe(step)
        if observed.problem:
            return StepPlan(step.name, RUN, Reason(observed.problem, kind="unusable"))
        if step.mapped:
            return self._plan_mapped(step, artifacts, origins, observed)
        plan = plan_lookup(step, None, artifacts, origins, self.store, self.explain, observed)
        if plan.state == CACHED and not self._items_are_known(step, plan):
            reason = Reason("its items are not listed in the store", kind="gone")
            return replace(plan, state=RUN, reason=reason)
        return plan

    def _items_are_known(self, step: StepSpec, plan: StepPlan) -> bool:
        wanted = self._mapped_over.get(step.name, ())
        return all(known_items(self.store, plan.outputs[name]) is not None for name in wanted)

    def _items(self, ref: OutputRef) -> Sequence[ArtifactRef]:
        plan = self.plans[ref.step]
        if self.pipeline.step(ref.step).mapped:
            return [instance.outputs[ref.output] for instance in plan.instances]
        return known_items(self.store, plan.outputs[ref.output]) or ()

    def _plan_mapped(
        self,
        step: StepSpec,
        artifacts: Mapping[str, ArtifactRef],
        origins: Mapping[str, Mapping[str, str]],
        observed: Observed,
    ) -> StepPlan:
        whole = {name: ref for name, ref in artifacts.items() if name not in step.mapped}
        items = {name: self._items(step.inputs[name]) for name in step.mapped}
        try:
            inputs = instance_inputs(step, whole, items)
        except StepInterfaceError as error:
            return StepPlan(step.name, RUN, Reason(error.message.rstrip(".")))
        instances = plan_instances(step, inputs, origins, self.store, self.explain, observed)
        missing = sum(instance.state != CACHED for instance in instances)
        if missing:
            reason = Reason(f"{missing} of {len(instances)} instances are not cached")
            return StepPlan(step.name, RUN, reason, instances=instances)
        return StepPlan(
            step.name,
            CACHED,
            outputs=collected_outputs(step, [instance.outputs for instance in instances]),
            producer=next((instance.producer for instance in instances), None),
            saved=sum(instance.saved or 0.0 for instance in instances),
            instances=instances,
        )


def plan_instances(
    step: StepSpec,
    inputs: Sequence[Mapping[str, ArtifactRef]],
    origins: Mapping[str, Mapping[str, str]],
    store: Store,
    explain: Explain,
    observed: Observed = NOTHING,
) -> tuple[StepPlan, ...]:
    """What is known of each instance of a mapped step before any of them runs.

    Args:
        step: The step.
        inputs: The artifacts that each instance takes.
        origins: Who made each input: ``{"step": ..., "run": ...}``.
        store: Where results are looked up.
        explain: Tells the reasons of misses.
        observed: What the step depends on outside.
    """

    def plan(item: tuple[int, Mapping[str, ArtifactRef]]) -> StepPlan:
        index, taken = item
        return plan_lookup(step, index, taken, origins, store, explain, observed)

    return tuple(store.each(plan, enumerate(inputs)))


def instance_name(step: str, index: int | None) -> str:
    """How an instance of a mapped step is called; the step's name itself without an index."""
    return step if index is None else f"{step}[{index}]"


def collect(
    step: StepSpec, instances: Sequence[Mapping[str, ArtifactRef]], store: Store
) -> dict[str, ArtifactRef]:
    """The outputs of a mapped step, lists of those of its instances, which the store then lists."""
    outputs = collected_outputs(step, instances)
    for name, ref in outputs.items():
        if known_items(store, ref) is None:
            remember_items(store, ref, [made[name] for made in instances])
    return outputs


def plan_lookup(
    step: StepSpec,
    index: int | None,
    inputs: Mapping[str, ArtifactRef],
    origins: Mapping[str, Mapping[str, str]],
    store: Store,
    explain: Explain,
    observed: Observed = NOTHING,
) -> StepPlan:
    """Whether the result of a step, or of one instance of it, is stored.

    Args:
        step: The step.
        index: Which instance of a mapped step; None for a step that is not mapped.
        inputs: The artifacts that it takes.
        origins: Who made each of them.
        store: Where the result is looked up.
        explain: Tells the reason of a miss.
        observed: What the step depends on outside.
    """
    parts = key_parts(step, inputs, observed)
    key = step_key(parts)
    entry, unusable = usable_entry(store, step, key)
    if entry is None:
        described = describe_parts(step, parts, origins, observed)
        reason = explain(instance_name(step.name, index), described, unusable)
        return StepPlan(step.name, RUN, reason, key, described)
    return StepPlan(
        step.name,
        CACHED,
        key=key,
        parts=describe_parts(step, parts, {}, observed),
        outputs=entry.outputs,
        producer=entry.producer,
        saved=entry.duration,
    )


def switched_off(step: StepSpec, enable_cache: bool | None) -> str:
    """Why a step's result was not looked up, in words."""
    if enable_cache is False:
        return "cache switched off for this run"
    if not step.enable_cache:
        return "cache switched off for this step"
    return "cache switched off for this pipeline"
