"""The part of the plugin's API that changes something: forgetting results, and pinning artifacts.

Each route is for those who may edit the Dag, refuses pages of other sites, and is told in Airflow's
audit log. What is forgotten or pinned is named by Dag, run, step and output, never by a key or a
digest: so nobody reaches what belongs to a Dag of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.api_fastapi.logging.decorators import action_logging
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict

from zruntime import actions
from zruntime.airflow.guard import requires_same_site
from zruntime.airflow.store import open_airflow_store
from zruntime.exceptions import ArtifactCorruptError, ArtifactMissingError, ZCompileError
from zruntime.records import Records, StepRecord
from zruntime.store import LocalStore

_edits = requires_access_dag(method="PUT")
_sees_runs = requires_access_dag(method="GET", access_entity=DagAccessEntity.RUN)

router = APIRouter(prefix="/api/dags/{dag_id}", dependencies=[Depends(requires_same_site)])


def may_edit(request: Request, user: GetUserDep) -> bool:
    """Whether the user may edit the Dag of a request."""
    try:
        _edits(request, user)
    except HTTPException:
        return False
    return True


def _acting(event: str) -> list[Any]:
    """Who may act, and what the audit log calls it."""
    return [Depends(_sees_runs), Depends(_edits), Depends(action_logging(event))]


class Nothing(BaseModel):
    """The body of a request that needs none."""

    model_config = ConfigDict(extra="forbid")


class Pin(BaseModel):
    """Whether an artifact is to be pinned."""

    model_config = ConfigDict(extra="forbid", strict=True)

    pinned: bool


@router.post(
    "/runs/{run_id}/steps/{task_id}/invalidate",
    dependencies=_acting("zcompile_invalidate_result"),
)
def invalidate_result(
    dag_id: str, run_id: str, task_id: str, _: Nothing | None = None
) -> dict[str, int]:
    """Forgets the result of a step in a run; tells how many were stored."""
    with _store() as store:
        step = _step(store, dag_id, run_id, task_id)
        return {"invalidated": actions.invalidate_result(store, step)}


@router.post("/steps/{task_id}/invalidate", dependencies=_acting("zcompile_invalidate_step"))
def invalidate_step(dag_id: str, task_id: str, _: Nothing | None = None) -> dict[str, int]:
    """Forgets all results of a step; tells how many were stored here."""
    with _store() as store:
        runs = Records(store).runs_of_dag(dag_id)
        pipelines = {run.pipeline for run in runs if any(s.name == task_id for s in run.steps)}
        if not pipelines:
            raise HTTPException(404, f"No run of Dag {dag_id} has a step {task_id}.")
        return {"invalidated": actions.invalidate_step(store, pipelines, task_id)}


@router.post(
    "/runs/{run_id}/steps/{task_id}/outputs/{output}/pin",
    dependencies=_acting("zcompile_pin_artifact"),
)
def pin(dag_id: str, run_id: str, task_id: str, output: str, body: Pin) -> dict[str, bool]:
    """Keeps an artifact of a run from garbage collection, or does so no longer."""
    with _store() as store:
        ref = _step(store, dag_id, run_id, task_id).outputs.get(output)
        if ref is None:
            raise HTTPException(404, f"Step {task_id} made no artifact {output} in this run.")
        actions.set_pinned(store, ref, body.pinned)
        return {"pinned": body.pinned}


@contextmanager
def _store() -> Iterator[LocalStore]:
    """Airflow's store; what goes wrong with it is told to the browser."""
    try:
        with open_airflow_store() as store:
            yield store
    except (ArtifactMissingError, ArtifactCorruptError) as error:
        raise HTTPException(409, error.message) from error
    except ZCompileError as error:
        raise HTTPException(503, str(error)) from error


def _step(store: LocalStore, dag_id: str, run_id: str, name: str) -> StepRecord:
    run = Records(store).run_of_dag(dag_id, run_id)
    step = next((each for each in run.steps if each.name == name), None) if run else None
    if step is None:
        raise HTTPException(404, f"Run {run_id} of Dag {dag_id} has no record of a step {name}.")
    return step
