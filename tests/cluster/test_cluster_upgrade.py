"""A pipeline that is compiled anew while its runs are under way."""

from __future__ import annotations

from collections.abc import Callable

from cluster_projects import Project, Run
from devtools.cluster import Cluster

STARTS = range(1, 5)


def ended(runs: list[Run]) -> list[object]:
    """What runs gave that have ended well."""
    assert {run.end() for run in runs} == {"success"}
    return [run.digests for run in runs]


def test_runs_end_with_the_code_that_they_began_with(
    cluster: Cluster, new_project: Callable[..., Project]
) -> None:
    project = new_project("upgraded")
    old = ended([project.trigger(start=start) for start in STARTS])
    project.hold()
    project.forget()
    under_way = [project.trigger(start=start, enable_cache=False) for start in STARTS]
    project.wait_for_step(len(under_way))

    project.edit("* factor % 1009", "* factor % 997")
    project.compile()
    project.let_go()
    assert ended(under_way) == old
    assert project.workers == {"worker-1", "worker-2"}

    new = ended([project.trigger(start=start) for start in STARTS])
    assert all(now != before for now, before in zip(new, old, strict=True))
    oracle = ended([project.trigger(start=start, enable_cache=False) for start in STARTS])
    assert new == oracle
