"""Storing and loading a large array, beside numpy's own file format."""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from devtools.bench.figures import Figure, run_child, seconds

MEGABYTES = 256
ROUNDS = 9
LOADS = 201


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        times = run_child("artifacts", "times", folder, folder=folder)
        memory = run_child("artifacts", "memory", folder, folder=folder)
    return [*_time_figures(times), *_memory_figures(memory)]


def _time_figures(times: dict[str, list[float]]) -> list[Figure]:
    store, save = median(times["store"]), median(times["save"])
    load, mapped = (median(times[name]) * 1e6 for name in ("load", "map"))
    use, summed = (median(times[name]) * 1e3 for name in ("use", "sum"))
    return [
        Figure(
            f"Store and hash an array of {MEGABYTES} MB ÷ `np.save` with fsync",
            median(
                ours / theirs for ours, theirs in zip(times["store"], times["save"], strict=True)
            ),
            "x",
            f"{store:.3f} s ÷ {save:.3f} s; float64, both durable on the same disk; the median of "
            f"{ROUNDS} ratios, each measured in turns",
            1.3,
        ),
        Figure(
            f'Load an array of {MEGABYTES} MB ÷ `np.load(mmap_mode="r")`',
            load / mapped,
            "x",
            f"{load:.0f} µs ÷ {mapped:.0f} µs; a file that nothing touched since it was stored; "
            f"{LOADS} times in turns",
            1.5,
        ),
        Figure(
            "The same and adding up its elements",
            use / summed,
            "x",
            f"{use:.1f} ms ÷ {summed:.1f} ms; {ROUNDS} times in turns",
        ),
        Figure(
            f"Load an array of {MEGABYTES} MB whose file was touched",
            median(times["verify"]) * 1e3,
            "ms",
            f"it is read and hashed again; {ROUNDS} times",
        ),
    ]


def _memory_figures(found: dict[str, float]) -> list[Figure]:
    return [
        Figure(
            f"Memory above an array of {MEGABYTES} MB that is stored",
            max(found["contiguous"], found["transposed"]),
            "MB",
            f"growth of the process's peak: {found['contiguous']:.1f} MB in C order, "
            f"{found['transposed']:.1f} MB transposed",
            64.0,
        ),
        Figure(
            f"Bytes read to find a cached array of {MEGABYTES} MB that nobody loads",
            found["read"] / 1e3,
            "KB",
            "what the process reads from files in `Store.lookup`, the index included",
            100.0,
        ),
    ]


def _times(folder: Path) -> dict[str, list[float]]:
    import numpy as np

    from zruntime.materializers import load_value, store_value
    from zruntime.settings import open_store

    store = open_store()
    array = np.random.default_rng(0).random(MEGABYTES * (1 << 17))
    file = folder / "array.npy"

    def save() -> None:
        with file.open("wb") as target:
            np.save(target, array)
            target.flush()
            os.fsync(target.fileno())

    ref = store_value(store, array)
    save()
    names = ("store", "save", "load", "map", "use", "sum", "verify")
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(ROUNDS):
        store.blob(ref).unlink()
        array[0] = number  # another content, so that the file is written
        file.unlink()
        os.sync()
        began = time.perf_counter()
        ref = store_value(store, array)
        times["store"].append(time.perf_counter() - began)
        os.sync()
        times["save"].append(seconds(save))
    for _ in range(LOADS):
        times["load"].append(seconds(lambda: load_value(store, ref)))
        times["map"].append(seconds(lambda: np.load(file, mmap_mode="r")))
    for _ in range(ROUNDS):
        times["use"].append(seconds(lambda: load_value(store, ref).sum()))
        times["sum"].append(seconds(lambda: np.load(file, mmap_mode="r").sum()))
    for _ in range(ROUNDS):
        os.utime(store.blob(ref))
        times["verify"].append(seconds(lambda: load_value(store, ref)))
    return times


def _memory(folder: Path) -> dict[str, float]:
    import numpy as np

    from zruntime.materializers import store_value
    from zruntime.settings import open_store
    from zruntime.store import Entry, Producer

    store = open_store()
    array = np.random.default_rng(0).random(MEGABYTES * (1 << 17)).reshape(1 << 12, -1)
    store_value(store, array[:8])  # what is imported and set up once
    store_value(store, array[:8].T)
    found = {}
    for name, value in (("contiguous", array), ("transposed", array.T)):
        before = _peak()
        ref = store_value(store, value)
        found[name] = (_peak() - before) / 1e6
    store.save(Entry("0" * 64, {"output": ref}, Producer("bench", "run", "step"), 0.0, 0.0))
    store.lookup("0" * 64)
    before = _read()
    if store.lookup("0" * 64) is None:
        raise RuntimeError("the entry is not found")
    found["read"] = _read() - before
    return found


def _peak() -> int:
    """The most memory that this process had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _read() -> int:
    """Bytes that this process has read from files so far."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


if __name__ == "__main__":
    part: Any = {"times": _times, "memory": _memory}[sys.argv[1]]
    print(json.dumps(part(Path(sys.argv[2]))))
