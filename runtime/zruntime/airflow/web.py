"""The API of the plugin's pages.

Airflow does not protect the apps of plugins: every route except the bundles depends on Airflow's
own check that the user may see the runs of the Dag. Those that change something are in `acting`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any
from urllib.parse import parse_qs

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity
from airflow.api_fastapi.core_api.security import (
    GetUserDep,
    requires_access_dag,
    requires_access_view,
)
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from zruntime.airflow import acting
from zruntime.airflow.guard import AnswersAreNoPages
from zruntime.airflow.store import open_airflow_store
from zruntime.exceptions import ZCompileError
from zruntime.records import Records, RunRecord
from zruntime.store import LocalStore
from zruntime.web.answers import Answer, answer
from zruntime.web.bundles import DIST, version
from zruntime.web.data import compared, listed
from zruntime.web.numbers import StoreNumbers
from zruntime.web.polled import RunAnswers

MAY_SEE_RUNS = Depends(requires_access_dag(method="GET", access_entity=DagAccessEntity.RUN))

MAY_SEE_THE_CLUSTER = Depends(requires_access_view(AccessView.CLUSTER_ACTIVITY))

Tags = Annotated[str, Header()]
MayEdit = Annotated[bool, Depends(acting.may_edit)]

router = APIRouter(prefix="/api")

_runs = RunAnswers()


def create_app() -> FastAPI:
    """The app that the plugin serves under its prefix."""
    # FastAPI's own pages about the API would be routes that nobody has to log in for.
    app = FastAPI(title="zcompile", openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    app.include_router(acting.router)
    app.add_middleware(AnswersAreNoPages)
    app.mount("/static", Bundles(directory=DIST), name="static")
    return app


class Bundles(StaticFiles):
    """The bundles; a browser keeps one for good if it asked for the version that is served."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The answer to a request for the file at `path`."""
        if "\0" in path:  # which no file's name can hold, and an older Starlette fails at
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v")
        current = path.endswith(".js") and asked == [version(path)]
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if current else "no-cache"
        )
        return response


@cache
def records() -> Records:
    """The records of the store that this server is set up with."""
    return Records(store())


@cache
def store() -> LocalStore:
    """The store that this server is set up with."""
    return open_airflow_store()


@cache
def store_numbers() -> StoreNumbers:
    """Counts what is in the store."""
    return StoreNumbers(store(), records())


@router.get("/dags/{dag_id}/runs", dependencies=[MAY_SEE_RUNS])
def runs(dag_id: str, editable: MayEdit, if_none_match: Tags = "") -> Response:
    """The newest runs of a Dag, the newest first, with the states of their steps."""

    def found() -> list[dict[str, Any]]:
        with open_airflow_store() as opened:
            runs = listed(Records(opened).runs_of_dag(dag_id))
        return [{**run, "editable": editable} for run in runs]

    return _told(found, if_none_match)


@router.get("/dags/{dag_id}/runs/{run_id}", dependencies=[MAY_SEE_RUNS])
def run_record(dag_id: str, run_id: str, editable: MayEdit, if_none_match: Tags = "") -> Response:
    """The record of a run as JSON; 304 if the client has it, 404 if there is none."""

    def found(known: Records) -> RunRecord | None:
        return known.run_of_dag(dag_id, run_id)

    def record() -> Answer | None:
        # Opened for each request: a remote store that once failed is not asked again.
        with open_airflow_store() as opened:
            return _runs.answer(opened, found, (dag_id, run_id), editable, if_none_match)

    missing = f"Run {run_id} of Dag {dag_id} has no record of zcompile."
    return _asked(record, missing)


@router.get("/dags/{dag_id}/runs/{run_id}/compared/{other}", dependencies=[MAY_SEE_RUNS])
def compared_runs(dag_id: str, run_id: str, other: str, if_none_match: Tags = "") -> Response:
    """A run beside another one of the same Dag; 404 if one of them has no record."""

    def both() -> dict[str, Any] | None:
        with open_airflow_store() as opened:
            known = Records(opened)
            before, after = known.run_of_dag(dag_id, other), known.run_of_dag(dag_id, run_id)
            return compared(opened, before, after) if before and after else None

    missing = f"Run {run_id} or run {other} of Dag {dag_id} has no record of zcompile."
    return _told(both, if_none_match, missing)


@router.get("/cache", dependencies=[MAY_SEE_THE_CLUSTER])
def cached(user: GetUserDep, if_none_match: Tags = "") -> Response:
    """The store in numbers; of steps only those of Dags that the user may see."""
    seen = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    return _told(lambda: store_numbers().seen_by(seen), if_none_match)


def _told(question: Callable[[], Any], if_none_match: str, missing: str = "") -> Response:
    def told() -> Answer | None:
        value = question()
        return None if value is None else answer(value, if_none_match)

    return _asked(told, missing)


def _asked(question: Callable[[], Answer | None], missing: str) -> Response:
    try:
        given = question()
    except ZCompileError as error:
        raise HTTPException(503, f"The store cannot be read. {error}") from error
    if given is None:
        raise HTTPException(404, missing)
    return Response(given.body, given.status, given.headers)
