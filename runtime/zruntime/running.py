"""Running the steps of a planned run and recording them: the same on a laptop and in Airflow."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from msgspec.structs import replace

from zruntime import metrics
from zruntime.conditions import skip_reason
from zruntime.execution import Executor, StepResult
from zruntime.keys import NO_REASON, Reason
from zruntime.planning import CACHED, RUN, Plan, StepPlan, instance_name, looks_up, plan_instances
from zruntime.records import Records, RunRecord
from zruntime.spec import StepSpec
from zruntime.store import ArtifactRef

log = logging.getLogger("zruntime")
reasons = logging.getLogger("zruntime.reasons")
"""Tells why steps run; a logger of its own, so that it can be silenced alone."""

_CACHED: Final = """\
Step {name} has started.
Using cached version of {name}.
Step {name} has finished in 0.000s."""


def log_to_the_terminal() -> None:
    """Shows what goes on where the program has set up no logging of its own."""
    if not log.hasHandlers():
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        reasons.setLevel(logging.WARNING)


def run_steps(executor: Executor, records: Records, run: RunRecord, plan: Plan) -> None:
    """Runs all steps of a planned run, one after the other.

    Args:
        executor: Executes the steps of this run; it knows what the plan found cached.
        records: Where the steps are recorded.
        run: The run's record.
        plan: The run's plan.

    Raises:
        Exception: whatever a step raises; the steps before it stay cached.
    """
    groups = groupby(executor.pipeline.steps, lambda step: plan.steps[step.name].state == CACHED)
    for cached, steps in groups:
        if cached:
            _use_cached(run, plan, list(steps))
        else:
            for step in steps:
                _run_planned(executor, records, run, step, plan.steps[step.name])


def _use_cached(run: RunRecord, plan: Plan, steps: Sequence[StepSpec]) -> None:
    """Tells that steps need not run, in the words of steps that do.

    It is one record for all of them: each takes about as long as looking a step up.
    """
    log.info("\n".join(_CACHED.format(name=step.function) for step in steps))
    for step in steps:
        metrics.count_hits(run.pipeline, step.name, plan.steps[step.name].looked_up)


def _run_planned(
    executor: Executor, records: Records, run: RunRecord, step: StepSpec, planned: StepPlan
) -> None:
    lookup = looks_up(executor.pipeline, step, run.enable_cache)
    if reason := _skipped(executor, records, run, step):
        executor.skipped.add(step.name)
        log.info("Step %s is skipped: %s.", step.function, reason)
        records.step_skipped(run, step, reason)
    elif step.mapped:
        _run_instances(executor, records, run, planned, lookup=lookup)
    else:
        run_step(executor, records, run, step.name, reason=planned.reason, lookup=lookup)


def _skipped(executor: Executor, records: Records, run: RunRecord, step: StepSpec) -> str:
    """Why a step is skipped now that the steps before it have ended, or an empty string."""
    reason = skip_reason(step, executor.skipped, None)
    if reason or step.when is None:
        return reason
    return skip_reason(step, executor.skipped, tested(executor, records, run, step))


def tested(executor: Executor, records: Records, run: RunRecord, step: StepSpec) -> bool:
    """Whether the condition of a step holds; True for a step without one.

    Raises:
        StepInterfaceError: if the value that it is about cannot be tested; the step is recorded as
            failed.
    """
    started = time.time()
    try:
        return step.when is None or executor.holds(step.when)
    except BaseException as error:
        records.step_failed(run, step, started, NO_REASON, error)
        raise


def _run_instances(
    executor: Executor, records: Records, run: RunRecord, planned: StepPlan, *, lookup: bool
) -> None:
    name = planned.name
    instances = planned.instances or expand_step(
        executor, records, run, name, reason=planned.reason, lookup=lookup
    )
    metrics.count_hits(run.pipeline, name, instances)
    outputs: list[Mapping[str, ArtifactRef]] = []
    try:
        for index, instance in enumerate(instances):
            made = instance.outputs
            if instance.state != CACHED:
                reason = instance.reason
                made = run_step(
                    executor, records, run, name, reason=reason, lookup=lookup, index=index
                ).outputs
            outputs.append(made)
    finally:
        records.instances_ended(run, executor.pipeline.step(name))
    executor.collect(name, outputs)


def expand_step(
    executor: Executor,
    records: Records,
    run: RunRecord,
    name: str,
    *,
    reason: Reason,
    lookup: bool,
) -> tuple[StepPlan, ...]:
    """Finds out which instances a mapped step has and which of them are cached, and records it.

    Args:
        executor: Executes the steps of this run.
        records: Where the step is recorded.
        run: The run's record.
        name: The step's name in the pipeline.
        reason: Why its instances run where stored results are not looked up.
        lookup: Whether stored results may be used.

    Raises:
        StepInterfaceError: if the lists that it is mapped over differ in their lengths; the step
            is recorded as failed.
    """
    step = executor.pipeline.step(name)
    started = time.time()
    try:
        inputs = executor.instances(name)
    except BaseException as error:
        records.step_failed(run, step, started, reason, error)
        raise
    observed = executor.outside.observe(step)
    if lookup and not observed.problem:
        instances = plan_instances(
            step,
            inputs,
            executor.input_origins(step),
            executor.store,
            records.history.explainer(run.pipeline),
            observed,
        )
    else:
        why = Reason(observed.problem, kind="unusable") if lookup else reason
        instances = tuple(StepPlan(name, RUN, why) for _ in inputs)
    cached = sum(instance.state == CACHED for instance in instances)
    log.info("Step %s has %d instances, %d of them cached.", step.function, len(inputs), cached)
    records.step_expanded(run, step, instances, reason)
    return instances


def run_step(
    executor: Executor,
    records: Records,
    run: RunRecord,
    name: str,
    *,
    reason: Reason,
    lookup: bool,
    index: int | None = None,
) -> StepResult:
    """Executes a step that was not planned as cached, and records how it fared.

    Args:
        executor: Executes the steps of this run.
        records: Where the step is recorded.
        run: The run's record.
        name: The step's name in the pipeline.
        reason: Why it was planned to run. Where it is looked up and missed, its key is compared
            with those of earlier results, as in the plan.
        lookup: Whether a stored result may be used.
        index: Which instance of a mapped step, from 0; None for a step that is not mapped.

    Raises:
        Exception: whatever `Executor.execute` raises; the step is recorded as failed.
    """
    step = executor.pipeline.step(name)
    shown = instance_name(step.function, index)
    started = time.time()
    log.info("Step %s has started.", shown)
    records.step_started(run, step, reason, index)

    def tell(parts: Mapping[str, Any], unusable: str) -> None:
        nonlocal reason
        explain = records.history.explainer(run.pipeline)
        reason = explain(instance_name(name, index), parts, unusable)
        records.step_started(run, step, reason, index)
        _tell(run, name, index, reason)

    if not lookup:
        _tell(run, name, index, reason)
    try:
        result = executor.execute(name, lookup=lookup, index=index, on_miss=tell)
    except BaseException as error:
        records.step_failed(run, step, started, reason, error, index)
        raise
    if result.state == CACHED:
        reason = NO_REASON
    if result.caveat:
        reason = replace(reason, text=f"{reason.text}; {result.caveat}")
    records.step_ended(run, step, result, reason, index)
    _count(run, name, result)
    log.info("Step %s has finished in %.3fs.", shown, time.time() - started)
    return result


def _tell(run: RunRecord, name: str, index: int | None, reason: Reason) -> None:
    reasons.info("%s: %s", instance_name(name, index), reason.told)
    kind = reason.kind or "other"
    metrics.count(f"{metrics.MISS}.{kind}", pipeline=run.pipeline, step=name)


def _count(run: RunRecord, name: str, result: StepResult) -> None:
    tags = {"pipeline": run.pipeline, "step": name}
    if result.state == CACHED:
        metrics.count(metrics.HIT, **tags)
        metrics.timing(metrics.SAVED, result.saved or 0.0, **tags)
    else:
        metrics.count(metrics.STORED, sum(ref.size for ref in result.outputs.values()), **tags)
    if result.waited:
        metrics.timing(metrics.LEASE_WAIT, result.waited, **tags)
