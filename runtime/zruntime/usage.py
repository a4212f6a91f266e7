"""What the records of runs say of the store's entries and artifacts."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Final

from zruntime.records import InstanceRecord, Records, RunRecord, StepRecord
from zruntime.store.maintenance import Totals, Usage

RUNNING_FOR: Final = 7 * 24 * 3600.0
"""Seconds after which a run that has not ended is taken for dead."""


def is_running(run: RunRecord, now: float) -> bool:
    """Whether a run has not ended, and is not so old that it is taken for dead."""
    return run.status == "running" and now - run.started < RUNNING_FOR


def usage_of(
    records: Records, clock: Callable[[], float] = time.time, *, kept_runs: int = 1
) -> Usage:
    """What runs used, and which artifacts must stay even if no entry names them.

    These are the artifacts of runs that are running, which their later steps will read, and those
    of the newest runs of each pipeline, which `get_pipeline(name).runs[-1]` reads.

    Args:
        records: The records of a store.
        clock: Gives the Unix time in seconds.
        kept_runs: How many of a pipeline's newest runs keep their artifacts.
    """
    now = clock()
    used: dict[str, float] = {}
    steps: dict[str, set[tuple[str, str]]] = defaultdict(set)
    kept: set[str] = set()
    totals = Totals()
    for pipeline in records.pipelines():
        newest: deque[set[str]] = deque(maxlen=kept_runs)
        for run in records.runs(pipeline):
            made: list[StepRecord | InstanceRecord] = [*run.steps]
            made += [instance for step in run.steps for instance in step.instances or ()]
            artifacts = {ref.digest for part in made for ref in part.outputs.values()}
            newest.append(artifacts)
            if is_running(run, now):
                kept |= artifacts
            for step in run.steps:
                for part in (step,) if step.instances is None else step.instances:
                    _add(totals, part)
                    if part.key is None:
                        continue
                    used[part.key] = max(used.get(part.key, 0.0), part.started or run.started)
                    steps[part.key].add((pipeline, step.name))
        kept.update(*newest)
    named = {key: frozenset(found) for key, found in steps.items()}
    return Usage(used, named, frozenset(kept), totals)


def _add(totals: Totals, part: StepRecord | InstanceRecord) -> None:
    if part.state == "cached":
        totals.hits += 1
        totals.seconds_saved += part.saved or 0.0
    elif part.state in ("completed", "failed"):
        totals.misses[part.kind or "other"] += 1
        totals.bytes_made += sum(ref.size for ref in part.outputs.values())
    if part.waited:
        totals.waits += 1
        totals.seconds_waited += part.waited
