"""The plugin as Airflow loads it, and what its app gives to visitors who have not logged in."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from airflow.api_fastapi import app as auth_app
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api import security
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from zruntime.airflow import web
from zruntime.planning import Plan, StepPlan
from zruntime.records import Records
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Entry, LocalStore, Producer
from zruntime.web.bundles import version

LOADED = """
import sys
import time
import airflow.plugins_manager
before = set(sys.modules)
import zruntime.airflow.plugin
print(*sorted(set(sys.modules) - before))
"""

ROOT_PATH = """
import zruntime.airflow.plugin as plugin
print(plugin.ZCompilePlugin.react_apps[0]["bundle_url"])
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("AIRFLOW_HOME", str(home))
        with LocalStore(home / "zcompile") as store:
            for dag_id, pipeline in (("first", "sums"), ("second", "other"), (None, "local")):
                ran(store, dag_id, pipeline)
        yield web.create_app()


def ran(store: LocalStore, dag_id: str | None, pipeline: str) -> None:
    """Records a run of a pipeline, and stores its one result of ten bytes."""
    step = StepSpec("load", "load", "m:load", "c" * 64, outputs={"output": "bytes"})
    plan = Plan({"load": StepPlan("load", "run")})
    Records(store).start(PipelineSpec(pipeline, (step,)), plan, "manual__1", dag_id=dag_id)
    with store.write_blob() as blob:
        blob.file.write(pipeline.ljust(10).encode())
    ref = ArtifactRef(blob.digest, blob.size, "bytes", "json/1")
    producer = Producer(pipeline, "manual__1", "load")
    store.save(Entry(pipeline[0] * 64, {"output": ref}, producer, 1.0, time.time()))


ROUTES = {
    "/api/dags/{dag_id}/runs": "/api/dags/first/runs",
    "/api/dags/{dag_id}/runs/{run_id}": "/api/dags/first/runs/manual__1",
    "/api/cache": "/api/cache",
}
"""Each route, and a path of it."""

ALLOWED = {
    None: (401, 401, 401),
    "of no role": (403, 403, 403),
    "of another Dag": (403, 403, 200),
    "viewer": (200, 200, 200),
    "editor": (200, 200, 200),
    "admin": (200, 200, 200),
}
"""For each visitor, the answers to the paths above."""


class PerDag(SimpleAuthManager):
    """Gives each user the Dags of its teams; there is no database to ask which Dags there are."""

    def is_authorized_dag(self, *, user: Any, details: Any = None, **asked: Any) -> bool:
        granted = details is not None and details.id in user.teams
        return granted and super().is_authorized_dag(user=user, details=details, **asked)

    def get_authorized_dag_ids(self, *, user: Any, **asked: Any) -> set[str]:
        return set(user.teams)


USERS = {
    "of no role": SimpleAuthManagerUser(username="a", role=None, teams=["first"]),
    "of another Dag": SimpleAuthManagerUser(username="b", role="viewer", teams=["second"]),
    "viewer": SimpleAuthManagerUser(username="c", role="viewer", teams=["first"]),
    "editor": SimpleAuthManagerUser(username="d", role="user", teams=["first"]),
    "admin": SimpleAuthManagerUser(username="e", role="admin", teams=["first", "second"]),
}


@pytest.fixture
def guarded(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    """The app in an Airflow whose users may see some Dags each."""
    monkeypatch.setattr(auth_app, "get_auth_manager", PerDag)
    monkeypatch.setattr(security, "get_auth_manager", PerDag)
    monkeypatch.setattr(web, "get_auth_manager", PerDag)
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda dag_id: None)
    yield app
    app.dependency_overrides.clear()


def test_every_route_but_the_bundles_is_in_the_table(app: FastAPI) -> None:
    paths = [route.path for route in app.routes if isinstance(route, APIRoute)]
    mounts = [route.path for route in app.routes if isinstance(route, Mount)]
    assert mounts == ["/static"]
    assert len(paths) + len(mounts) == len(app.routes)
    assert sorted(paths) == sorted(ROUTES)


@pytest.mark.parametrize("visitor", ALLOWED)
def test_routes_answer_those_who_may_see_the_dag(guarded: FastAPI, visitor: str | None) -> None:
    if visitor is not None:
        guarded.dependency_overrides[security.get_user] = lambda: USERS[visitor]
    answers = tuple(get(guarded, path).status_code for path in ROUTES.values())
    assert answers == ALLOWED[visitor]


@pytest.mark.parametrize(
    ("visitor", "steps"),
    [
        ("viewer", {"sums.load"}),
        ("of another Dag", {"other.load"}),
        ("admin", {"sums.load", "other.load"}),
    ],
)
def test_the_cache_tells_the_steps_of_dags_that_somebody_may_see(
    guarded: FastAPI, visitor: str, steps: set[str]
) -> None:
    guarded.dependency_overrides[security.get_user] = lambda: USERS[visitor]
    told = get(guarded, "/api/cache").json()
    assert {f"{step['pipeline']}.{step['step']}" for step in told["steps"]} == steps
    assert (told["entries"], told["size"]) == (3, 30)
    assert told["others"] == {"entries": 3 - len(steps), "size": 30 - 10 * len(steps)}


def test_the_bundle_is_kept_by_browsers_as_long_as_it_is_the_one_served(app: FastAPI) -> None:
    current = get(app, f"/static/lineage.js?v={version('lineage.js')}")
    assert current.status_code == 200
    assert "immutable" in current.headers["Cache-Control"]
    assert "javascript" in current.headers["Content-Type"]
    for other in ("/static/lineage.js", "/static/lineage.js?v=0123456789ab"):
        assert get(app, other).headers["Cache-Control"] == "no-cache"
    assert get(app, "/static/absent.js?v=0123456789ab").status_code == 404
    assert get(app, "/static/%2e%2e/api.py").status_code == 404


def test_loading_the_plugin_loads_neither_the_app_nor_any_other_library(tmp_path: Path) -> None:
    names = run_python(LOADED, AIRFLOW_HOME=str(tmp_path)).split()
    assert "zruntime.airflow.plugin" in names
    assert {name.partition(".")[0] for name in names} <= {"zruntime", "airflow"} | set(
        sys.stdlib_module_names
    )
    assert "zruntime.airflow.web" not in names


def test_the_bundle_is_found_where_airflow_is_served_below_a_path(tmp_path: Path) -> None:
    url = run_python(
        ROOT_PATH, AIRFLOW_HOME=str(tmp_path), AIRFLOW__API__BASE_URL="http://example.org/team/af/"
    )
    assert url.startswith("/team/af/zcompile/static/lineage.js?v=")


def get(app: FastAPI, path: str) -> httpx.Response:
    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    # Where browser tests ran before, this thread has a running loop.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, answer()).result()


def run_python(code: str, **env: str) -> str:
    """The last line that a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]
