"""Removing records: those of old runs, and what explains the misses of steps that are gone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from msgspec import Struct

from zruntime.codediff import kept_texts
from zruntime.history import histories
from zruntime.records import Records, RunRecord
from zruntime.store import LocalStore, MemoryStore
from zruntime.usage import is_running

_INDEX: Final = re.compile(r"\[\d+\]$")
"""Ends the name of an instance; see `planning.instance_name`."""


class Removed(Struct, frozen=True):
    """What was removed, or would be.

    Attributes:
        runs: How many records of runs.
        histories: Of how many steps and instances what their earlier keys were made of.
        texts: How many texts of code.
    """

    runs: int = 0
    histories: int = 0
    texts: int = 0


def remove_records(
    store: LocalStore | MemoryStore,
    older_than: float,
    *,
    kept_runs: int = 1,
    gone: Collection[str] = (),
    dry_run: bool = False,
    clock: Callable[[], float] = time.time,
) -> Removed:
    """Removes the records of runs in which nothing happened lately, and what only they name.

    These stay: the newest runs of each pipeline, runs that are running, and those that computed a
    result which is still stored. What a run writes at this moment stays, too.

    Args:
        store: The store.
        older_than: Seconds since a step of a run last ended or began.
        kept_runs: How many of a pipeline's newest runs stay; one does in any case.
        gone: Keys of entries that count as removed.
        dry_run: Whether to remove nothing, and only tell.
        clock: Gives the Unix time in seconds.

    Raises:
        StoreError: if the store cannot be written.
    """
    # Listed before the runs: a run that starts meanwhile makes new rows, or changes these.
    texts, explaining = kept_texts(store), histories(store)
    stored = [entry for entry in store.entries() if entry.key not in gone]
    makers = {(entry.producer.pipeline, entry.producer.run) for entry in stored}
    records, now = Records(store), clock()
    removed = 0
    steps: set[str] = set()
    code: set[tuple[str, str]] = set()
    for pipeline in records.pipelines():
        newest = {*records.numbers(pipeline)[-max(1, kept_runs) :]}
        for run in records.runs(pipeline):
            stays = run.number in newest or (pipeline, run.name) in makers
            stays = stays or is_running(run, now) or _last_change(run) > now - older_than
            if not stays and (dry_run or records.remove(run)):
                removed += 1
                continue
            for step in run.steps:
                steps.add(f"{pipeline}/{step.name}")
                code |= _code(step.parts)
    useless = {
        row: results
        for row, (name, results) in explaining.items()
        if _INDEX.sub("", name) not in steps
    }
    for row in explaining.keys() - useless:
        code = code.union(*(_code(result["parts"]) for result in explaining[row][1]))
    unnamed = {row: text for row, (named, text) in texts.items() if named not in code}
    if not dry_run:
        for row, value in {**useless, **unnamed}.items():
            store.delete_all([row], row, value)
    return Removed(removed, len(useless), len(unnamed))


def _last_change(run: RunRecord) -> float:
    """Unix time at which a step of the run ended or began, in seconds."""
    steps = ((step.started or 0.0) + (step.duration or 0.0) for step in run.steps)
    return max([run.started, *steps])


def _code(parts: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {*parts.get("code_parts", {}).items()}
