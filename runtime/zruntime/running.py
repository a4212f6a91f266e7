"""Running one step of a planned run and recording it: the same on a laptop and in Airflow."""

from __future__ import annotations

import logging
import time

from zruntime.execution import Executor, StepResult
from zruntime.planning import CACHED
from zruntime.records import Records, RunRecord
from zruntime.spec import StepSpec

log = logging.getLogger("zruntime")
reasons = logging.getLogger("zruntime.reasons")
"""Tells why steps run; a logger of its own, so that it can be silenced alone."""


def run_step(
    executor: Executor,
    records: Records,
    run: RunRecord,
    name: str,
    *,
    reason: str,
    lookup: bool,
) -> StepResult:
    """Executes a step that was not planned as cached, and records how it fared.

    Args:
        executor: Executes the steps of this run.
        records: Where the step is recorded.
        run: The run's record.
        name: The step's name in the pipeline.
        reason: Why it was planned to run. Where it is looked up and missed all the same, its key
            is compared with those of earlier results.
        lookup: Whether a stored result may be used.

    Raises:
        Exception: whatever `Executor.execute` raises; the step is recorded as failed.
    """
    step = executor.pipeline.step(name)
    started = time.time()
    log.info("Step %s has started.", step.function)
    reasons.info("Step %s is to run: %s.", name, reason)
    records.step_started(run, step, reason)
    try:
        result = executor.execute(name, lookup=lookup)
    except BaseException as error:
        records.step_failed(run, step, started, reason, error)
        raise
    if result.state == CACHED:
        reason = ""
    elif lookup:
        reason = records.reason(run.pipeline, name, result.parts)
        reasons.info("Step %s ran: %s.", name, reason)
    records.step_ended(run, step, result, reason)
    log.info("Step %s has finished in %.3fs.", step.function, time.time() - started)
    return result


def announce_cached(step: StepSpec) -> None:
    """Logs that a step need not run, in the words of a step that does."""
    started = time.time()
    log.info("Step %s has started.", step.function)
    log.info("Using cached version of %s.", step.function)
    log.info("Step %s has finished in %.3fs.", step.function, time.time() - started)
