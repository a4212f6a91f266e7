"""Runs in a real Airflow whose store, artifacts or code are not as they were left."""

from __future__ import annotations

import shutil

import pytest
from airflow_projects import NewProject, Project, all_of
from msgspec.structs import replace

from zruntime.store import LocalStore

BLOBS = ("make", "measure", "check")


@pytest.fixture
def blobs(new_project: NewProject, request: pytest.FixtureRequest) -> Project:
    project = new_project(f"damage_{request.node.name.removeprefix('test_')}", "blobs.py")
    project.compile()
    return project


def test_damaged_artifacts_are_computed_again(blobs: Project) -> None:
    first = blobs.run()
    assert first.tasks == all_of("success", BLOBS)
    file = blobs.blob(first.xcom("make")["outputs"]["output"]["digest"])
    good = file.read_bytes()

    file.unlink()
    deleted = blobs.run()
    assert deleted.tasks == {"make": "success", "measure": "skipped", "check": "success"}
    assert deleted.record.steps[0].reason == "its stored result is gone"
    assert file.read_bytes() == good

    file.chmod(0o600)
    file.write_bytes(b"\1" + good[1:])
    flipped = blobs.run()
    assert flipped.state == "success"
    assert flipped.tasks == {"make": "skipped", "measure": "skipped", "check": "success"}
    assert "is damaged: its bytes are not those that were stored" in flipped.log("check")
    assert file.read_bytes() == good

    blobs.faults(delete={"check": str(file)})
    lost = blobs.run()
    assert lost.tasks == {"make": "skipped", "measure": "skipped", "check": "success"}
    assert file.read_bytes() == good


def test_results_that_this_version_cannot_read_are_computed_again(blobs: Project) -> None:
    key = blobs.run().xcom("make")["key"]
    _as_stored_by(blobs, key, "bytes/99")
    unknown = blobs.run()
    assert unknown.tasks == {"make": "success", "measure": "skipped", "check": "success"}

    _as_stored_by(blobs, key, "no_such_module:Materializer")
    gone = blobs.run()
    assert gone.tasks == {"make": "skipped", "measure": "skipped", "check": "success"}
    assert "Step make has to run again: its result cannot be read." in gone.log("check")


def _as_stored_by(project: Project, key: str, materializer: str) -> None:
    """Replaces what wrote the artifact of a key, as another version would have it."""
    with LocalStore(project.store) as store:
        entry = store.lookup(key)
        assert entry is not None
        ref = replace(entry.outputs["output"], materializer=materializer)
        store.save(replace(entry, outputs={"output": ref}))


def test_deleted_bundle(blobs: Project) -> None:
    bundles = [path for path in (blobs.airflow.dags / "bundles").iterdir() if "blobs" in path.name]
    for bundle in bundles:
        shutil.rmtree(bundle)
    run = blobs.run()
    assert run.state == "failed"
    log = run.log("cache_plan")
    assert any(f"The code bundle {bundle} is missing." in log for bundle in bundles)
    assert "Compile the pipeline again with `zcompile`" in log

    blobs.compile()
    assert blobs.run().tasks == all_of("success", BLOBS)


def test_store_that_cannot_be_opened(blobs: Project) -> None:
    blobs.store.write_text("a file where the folder should be")
    run = blobs.run()
    assert run.state == "failed"
    log = run.log("cache_plan")
    assert f"The store in {blobs.store} cannot be used" in log
    assert "set ZCOMPILE_STORE to another folder" in log

    blobs.store.unlink()
    assert blobs.run().tasks == all_of("success", BLOBS)


def test_store_that_cannot_be_written(blobs: Project) -> None:
    blobs.faults(file_size={"make": 500_000})
    run = blobs.run()
    assert run.state == "failed"
    assert run.tasks == {"make": "failed", "measure": "upstream_failed", "check": "upstream_failed"}
    assert f"The store in {blobs.store} cannot be used: File too large." in run.log("make")
    assert run.record.steps[0].error.startswith("StoreError: The store in")
    assert list((blobs.store / "tmp").iterdir()) == []
    assert list((blobs.store / "cas").rglob("*")) == []

    blobs.faults()
    assert blobs.run().tasks == all_of("success", BLOBS)
    assert blobs.run().tasks == {"make": "skipped", "measure": "skipped", "check": "success"}
