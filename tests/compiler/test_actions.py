"""What the pages do with results: having steps run again, and keeping artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import PRELUDE, Project

from zruntime.actions import invalidate_result, invalidate_step, set_pinned
from zruntime.exceptions import ArtifactMissingError
from zruntime.settings import open_folder
from zruntime.store import LocalStore
from zruntime.store.maintenance import Usage, collect_garbage

MAPPED = f"""{PRELUDE}
@step
def numbers() -> list[int]:
    note("numbers")
    return [1, 2, 3]

@step
def scaled(number: int) -> int:
    note(f"scaled{{number}}")
    return number * 10

@step
def total(values: list[int]) -> int:
    note("total")
    return sum(values)

@pipeline
def p():
    total(scaled.map(numbers()))

@pipeline
def q():
    numbers()
"""


def record(run: Any, step: str) -> Any:
    return run.get_step(step).record


def test_the_results_of_all_instances_are_invalidated(project: Project, own_store: Path) -> None:
    loaded = project.load(MAPPED)
    run = loaded.p()
    with LocalStore(own_store) as store:
        assert invalidate_result(store, record(run, "scaled")) == 3
    project.executed()
    loaded.p()
    assert project.executed() == ["scaled1", "scaled2", "scaled3"], "their list is the same"


def test_what_a_step_took_from_another_pipeline_is_invalidated_too(
    project: Project, own_store: Path
) -> None:
    loaded = project.load(MAPPED)
    loaded.p()
    loaded.q()
    with LocalStore(own_store) as store:
        assert invalidate_step(store, ["q"], "total") == 0
        assert invalidate_step(store, ["q"], "numbers") == 1
    project.executed()
    loaded.p()
    assert project.executed() == ["numbers"]


def test_a_pinned_list_keeps_its_items(project: Project, own_store: Path) -> None:
    run = project.load(MAPPED).p()
    made = record(run, "scaled").outputs["output"]
    with LocalStore(own_store) as store:
        set_pinned(store, made, True)
        collect_garbage(store, Usage(), grace=-1, limit=0)
        assert run.get_step("scaled").output.read() == [10, 20, 30]
        set_pinned(store, made, False)
        assert collect_garbage(store, Usage(), grace=-1, limit=0).artifacts == 3
        with pytest.raises(ArtifactMissingError):
            set_pinned(store, made, True)


def test_an_artifact_that_another_host_made_is_fetched_to_be_kept(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZCOMPILE_REMOTE", (tmp_path / "remote").as_uri())
    made = record(project.load(MAPPED).p(), "total").outputs["output"]
    with open_folder(tmp_path / "elsewhere") as store:
        assert not store.blobs.has(made)
        set_pinned(store, made, True)
        assert store.blobs.has(made)
