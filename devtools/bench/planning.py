"""The time that `zcompile plan` takes where all steps are cached."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from devtools.bench.figures import Figure, child_environment
from devtools.bench.projects import seconds_of, write_chain

ROUNDS = {10: 9, 1000: 9}
GOALS = {1000: 1.0}


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        return [_figure(Path(scratch), count) for count in ROUNDS]


def _figure(folder: Path, count: int) -> Figure:
    file = write_chain(folder / f"project_{count}", count)
    env = child_environment(folder)
    seconds_of("run", file, env=env)
    return Figure(
        f"The command `zcompile plan` for {count:,} cached steps",
        median(seconds_of("plan", file, env=env) for _ in range(ROUNDS[count])),
        "s",
        f"the whole process, with Python's start and all imports; {ROUNDS[count]} times",
        GOALS.get(count),
    )
