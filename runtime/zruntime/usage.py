"""What the records of runs say of the store's entries and artifacts."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from zruntime.records import Records
from zruntime.store.maintenance import Usage

RUNNING_FOR: Final = 7 * 24 * 3600.0
"""Seconds after which a run that has not ended is taken for dead."""


def usage_of(records: Records, clock: Callable[[], float] = time.time) -> Usage:
    """What runs used, and which artifacts must stay even if no entry names them.

    These are the artifacts of runs that are running, which their later steps will read, and those
    of the newest run of each pipeline, which `get_pipeline(name).runs[-1]` reads.

    Args:
        records: The records of a store.
        clock: Gives the Unix time in seconds.
    """
    now = clock()
    used: dict[str, float] = {}
    steps: dict[str, set[tuple[str, str]]] = defaultdict(set)
    kept: set[str] = set()
    hits, saved = 0, 0.0
    for pipeline in records.pipelines():
        newest: set[str] = set()
        for run in records.runs(pipeline):
            artifacts = {ref.digest for step in run.steps for ref in step.outputs.values()}
            newest = artifacts
            if run.status == "running" and now - run.started < RUNNING_FOR:
                kept |= artifacts
            for step in run.steps:
                if step.key is None:
                    continue
                used[step.key] = max(used.get(step.key, 0.0), step.started or run.started)
                steps[step.key].add((pipeline, step.name))
                if step.state == "cached":
                    hits += 1
                    saved += step.saved or 0.0
        kept |= newest
    return Usage(
        used, {key: frozenset(found) for key, found in steps.items()}, frozenset(kept), hits, saved
    )
