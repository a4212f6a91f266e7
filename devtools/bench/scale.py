"""A store of many entries: what a hit and a garbage collection take."""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from devtools.bench.figures import Figure, child_environment, run_child, seconds
from devtools.bench.projects import import_file, seconds_of, write_arrays
from zruntime.hashing import digest_bytes
from zruntime.store import ArtifactRef, Entry, Producer

SIZES = (100, 100_000)
STEPS = 100
"""Steps of each of the runs that made the entries."""

LOOKUPS = 2_000
CHAIN = 20
ROUNDS, TURNS = 21, 3
COLLECTIONS = 3
AGE = 7 * 24 * 3600.0
"""Seconds: old enough to be collected, were it of no use."""


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folders = {size: Path(scratch, str(size)) for size in SIZES}
        for size, folder in folders.items():
            run_child("scale", "fill", size, folder=folder)
        looks = {
            size: run_child("scale", "look", size, folder=folder)
            for size, folder in folders.items()
        }
        file = write_arrays(Path(scratch, "chain"), CHAIN)
        hits: dict[int, list[float]] = {size: [] for size in SIZES}
        for _ in range(TURNS):
            for size, folder in folders.items():
                hits[size] += run_child("scale", "hit", file, folder=folder)
        env = child_environment(folders[SIZES[-1]])
        command = ("cache", "gc", "--dry-run")
        collections = [seconds_of(*command, env=env) for _ in range(COLLECTIONS)]
    small, large = (median(hits[size]) / CHAIN * 1e3 for size in SIZES)
    first_small, first_large = (median(looks[size]) * 1e6 for size in SIZES)
    return [
        Figure(
            f"A cache hit of a step in a store of {SIZES[1]:,} entries ÷ of {SIZES[0]}",
            large / small,
            "x",
            f"{large:.3f} ms ÷ {small:.3f} ms; `.run()` of a cached chain of {CHAIN} steps ÷ "
            f"{CHAIN}, {TURNS * ROUNDS} times in processes that take turns",
            1.5,
        ),
        Figure(
            "The first lookup of a key by a process there",
            first_large,
            "µs",
            f"`Store.lookup` of up to {LOOKUPS:,} keys in random order; {first_small:.0f} µs in "
            f"the store of {SIZES[0]}",
        ),
        Figure(
            f"`zcompile cache gc --dry-run` of a store of {SIZES[1]:,} entries",
            median(collections),
            "s",
            f"each with an artifact, made by {SIZES[1] // STEPS:,} recorded runs of {STEPS} steps; "
            f"the whole process; {COLLECTIONS} times",
            5.0,
        ),
    ]


def _fill(size: int) -> None:
    """Fills the store with entries, their artifacts and the records of the runs that made them."""
    from zruntime.planning import CACHED, Plan, StepPlan
    from zruntime.records import Records
    from zruntime.settings import open_store
    from zruntime.spec import PipelineSpec, StepSpec

    store = open_store()
    records = Records(store)
    steps = tuple(StepSpec(f"step_{number}", "step", "", "") for number in range(STEPS))
    pipeline = PipelineSpec("bench", steps)
    for run in range(size // STEPS):
        plans = {}
        for number, step in enumerate(steps):
            entry = _entry(run * STEPS + number)
            ref = entry.outputs["output"]
            _write_old(store.blobs.path(ref.digest), _content(run * STEPS + number))
            store.save(entry)
            plans[step.name] = StepPlan(
                step.name, CACHED, key=entry.key, outputs=entry.outputs, producer=entry.producer
            )
        records.start(pipeline, Plan(plans), f"run-{run}")


def _content(number: int) -> bytes:
    return str(number).encode()


def _entry(number: int) -> Entry:
    content = _content(number)
    ref = ArtifactRef(digest_bytes(content), len(content), "int", "json/1")
    producer = Producer("bench", f"run-{number // STEPS}", f"step_{number % STEPS}")
    return Entry(digest_bytes(b"key" + content), {"output": ref}, producer, 1.0, 0.0)


def _write_old(file: Path, content: bytes) -> None:
    """Writes an artifact as the store does, but for the fsync, which takes longer than the rest."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o444)
    then = time.time() - AGE
    os.utime(file, (then, then))


def _look(size: int) -> list[float]:
    """Seconds of the first lookups of different keys in an open store."""
    from zruntime.settings import open_store

    keys = [_entry(number).key for number in range(size)]
    random.Random(0).shuffle(keys)
    store = open_store()
    store.lookup("another")
    return [seconds(partial(store.lookup, key)) for key in keys[:LOOKUPS]]


def _hit(file: str) -> list[float]:
    """Seconds of runs whose steps are all cached, in a warm process."""
    arrays = import_file(Path(file)).arrays
    for _ in range(3):
        arrays()
    return [seconds(arrays) for _ in range(ROUNDS)]


if __name__ == "__main__":
    what, argument = sys.argv[1:]
    if what == "hit":
        print(json.dumps(_hit(argument)))
    else:
        print(json.dumps({"fill": _fill, "look": _look}[what](int(argument))))
