"""Workers whose machines are not as they should be: a full disk, a wrong clock."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster_projects import Project
from devtools.cluster import Cluster

FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
SKEW_SECONDS = 120
AHEAD = {
    "LD_PRELOAD": str(next(iter(FAKETIME), "")),
    "FAKETIME": f"+{SKEW_SECONDS}s",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "FAKETIME_DISABLE_SHM": "1",
}
"""Has the clock of a process be ahead."""


def uncached(project: Project, starts: Iterable[int]) -> list[object]:
    """What runs without the cache give."""
    runs = [project.trigger(start=start, enable_cache=False) for start in starts]
    assert {run.end() for run in runs} == {"success"}
    return [run.digests for run in runs]


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A context in which a folder is on a disk of its own that holds little."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> None:
    """Leaves no byte on the disk of a folder."""
    with (
        (folder / "filling").open("wb", buffering=0) as file,
        pytest.raises(OSError, match="space"),
    ):
        while True:
            file.write(bytes(4096))


def test_a_worker_whose_disk_is_full_still_computes(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    project = new_project("full_disk")
    disk = cluster.volume("store-1")
    with small_disk(disk):
        with cluster.without("worker-2"):
            before = project.run(start=5)
            fill(disk)
            project.forget()
            full = project.run(start=6)
            assert set(project.executed.values()) == {1}
            assert project.workers == {"worker-1"}
            assert set(full.shown.values()) == {"completed"}
        project.forget()
        with cluster.without("worker-1"):
            elsewhere = [project.run(start=start) for start in (5, 6)]
        assert not project.executed
        assert [run.digests for run in elsewhere] == [before.digests, full.digests]
    assert [run.digests for run in elsewhere] == uncached(project, (5, 6))


def test_workers_share_results_though_their_clocks_differ(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    if not FAKETIME:
        pytest.skip("needs libfaketime: apt-get install faketime")
    project = new_project("clocks")
    with cluster.varied("worker-2", AHEAD):
        with cluster.without("worker-1"):
            asked = time.time()
            ahead = project.run(start=1)
        assert project.workers == {"worker-2"}
        assert ahead.page["started"] > asked + SKEW_SECONDS
        project.forget()
        with cluster.without("worker-2"):
            cached = project.run(start=1)
            assert not project.executed
            behind = project.run(start=2)
        assert project.workers == {"worker-1"}
        assert cached.digests == ahead.digests
        project.forget()
        starts = range(1, 5)
        mixed = [project.trigger(start=start) for start in starts]
        assert {run.end() for run in mixed} == {"success"}
        assert set(project.executed.values()) == {1}
        states = [set(run.shown.values()) for run in mixed]
        assert states == [{"cached"}, {"cached"}, {"completed"}, {"completed"}]
        assert [run.digests for run in mixed[:2]] == [ahead.digests, behind.digests]
    assert [run.digests for run in mixed] == uncached(project, starts)
