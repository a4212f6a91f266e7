"""The plugin as Airflow loads it, and what its app gives to visitors who have not logged in."""

from __future__ import annotations

import asyncio
import json
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
from airflow.api_fastapi.common.db.common import _get_session
from airflow.api_fastapi.core_api import security
from airflow.models.log import Log
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from starlette.routing import Mount

from zruntime.airflow import web
from zruntime.planning import Plan, StepPlan
from zruntime.records import Records
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Entry, LocalStore, Producer
from zruntime.store.maintenance import Usage, collect_garbage
from zruntime.store.pins import pinned
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


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStore]:
    """Runs of two Dags and of a script, and an entry of ten bytes of each."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    for kept in (web.store, web.records, web.store_numbers):
        kept.cache_clear()
    with LocalStore(tmp_path / "zcompile") as store:
        for dag_id, pipeline in (("first", "sums"), ("second", "other"), (None, "local")):
            ran(store, dag_id, pipeline)
        yield store


def ran(store: LocalStore, dag_id: str | None, pipeline: str) -> None:
    """Records a run of a pipeline which took its one result from the store."""
    with store.write_blob() as blob:
        blob.file.write(pipeline.ljust(10).encode())
    outputs = {"output": ArtifactRef(blob.digest, blob.size, "bytes", "json/1")}
    producer = Producer(pipeline, "manual__0", "load")
    store.save(Entry(key_of(pipeline), outputs, producer, 1.0, time.time()))
    step = StepSpec("load", "load", "m:load", "c" * 64, outputs={"output": "bytes"})
    planned = StepPlan("load", "cached", key=key_of(pipeline), outputs=outputs, producer=producer)
    spec, plan = PipelineSpec(pipeline, (step,)), Plan({"load": planned})
    Records(store).start(spec, plan, "manual__1", dag_id=dag_id)


def key_of(pipeline: str) -> str:
    return pipeline[0] * 64


@pytest.fixture
def audit() -> Iterator[Session]:
    """Airflow's audit log, in a database of its own."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    Log.__table__.create(engine)
    with Session(engine) as session:
        yield session


@pytest.fixture
def app(store: LocalStore, audit: Session) -> FastAPI:
    app = web.create_app()
    app.dependency_overrides[_get_session] = lambda: audit
    return app


RUN = "/api/dags/first/runs/manual__1"
ROUTES = {
    "GET /api/dags/{dag_id}/runs": "/api/dags/first/runs",
    "GET /api/dags/{dag_id}/runs/{run_id}": RUN,
    "GET /api/dags/{dag_id}/runs/{run_id}/compared/{other}": f"{RUN}/compared/manual__1",
    "GET /api/cache": "/api/cache",
    "POST /api/dags/{dag_id}/runs/{run_id}/steps/{task_id}/outputs/{output}/pin": (
        f"{RUN}/steps/load/outputs/output/pin"
    ),
    "POST /api/dags/{dag_id}/runs/{run_id}/steps/{task_id}/invalidate": (
        f"{RUN}/steps/load/invalidate"
    ),
    "POST /api/dags/{dag_id}/steps/{task_id}/invalidate": "/api/dags/first/steps/load/invalidate",
}
"""Each route, and a path of it."""

ACTIONS = PIN, INVALIDATE, INVALIDATE_ALL = [*ROUTES.values()][4:]

ALLOWED = {
    None: (401, 401, 401, 401, 401, 401, 401),
    "of no role": (403, 403, 403, 403, 403, 403, 403),
    "of another Dag": (403, 403, 403, 200, 403, 403, 403),
    "viewer": (200, 200, 200, 200, 403, 403, 403),
    "editor": (200, 200, 200, 200, 200, 200, 200),
    "admin": (200, 200, 200, 200, 200, 200, 200),
}
"""For each visitor, the answers to the paths above."""


GRANTED = {"b": ["second"], "e": ["first", "second"]}
"""The Dags that users may see, where not just the first."""


def granted_to(user: Any) -> list[str]:
    return GRANTED.get(user.username, ["first"])


class PerDag(SimpleAuthManager):
    """Gives each user some Dags; there is no database to ask which Dags there are."""

    def is_authorized_dag(self, *, user: Any, details: Any = None, **asked: Any) -> bool:
        granted = details is not None and details.id in granted_to(user)
        return granted and super().is_authorized_dag(user=user, details=details, **asked)

    def get_authorized_dag_ids(self, *, user: Any, **asked: Any) -> set[str]:
        return set(granted_to(user))


USERS = {
    "of no role": SimpleAuthManagerUser(username="a", role=None),
    "of another Dag": SimpleAuthManagerUser(username="b", role="user"),
    "viewer": SimpleAuthManagerUser(username="c", role="viewer"),
    "editor": SimpleAuthManagerUser(username="d", role="user"),
    "admin": SimpleAuthManagerUser(username="e", role="admin"),
}


@pytest.fixture
def guarded(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The app in an Airflow whose users may see some Dags each."""
    monkeypatch.setattr(auth_app, "get_auth_manager", PerDag)
    monkeypatch.setattr(security, "get_auth_manager", PerDag)
    monkeypatch.setattr(web, "get_auth_manager", PerDag)
    # Airflow 3.1 knows no teams.
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda dag_id: None, raising=False)
    return app


def log_in(app: FastAPI, visitor: str | None) -> None:
    if visitor is not None:
        app.dependency_overrides[security.get_user] = lambda: USERS[visitor]


def test_every_route_but_the_bundles_is_in_the_table(app: FastAPI) -> None:
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    mounts = [route.path for route in app.routes if isinstance(route, Mount)]
    assert mounts == ["/static"]
    assert len(routes) + len(mounts) == len(app.routes)
    paths = [f"{method} {route.path}" for route in routes for method in route.methods]
    assert sorted(paths) == sorted(ROUTES)


@pytest.mark.parametrize("visitor", ALLOWED)
def test_routes_answer_those_who_may_use_them(
    guarded: FastAPI, store: LocalStore, audit: Session, visitor: str | None
) -> None:
    log_in(guarded, visitor)
    asked = [(route.partition(" ")[0], path) for route, path in ROUTES.items()]
    answers = tuple(send(guarded, method, path).status_code for method, path in asked)
    assert answers == ALLOWED[visitor]
    acted = answers[-1] == 200
    assert (store.lookup(key_of("sums")) is None, len(pinned(store))) == (acted, int(acted))
    assert store.lookup(key_of("other")) is not None
    assert len(audit.scalars(select(Log)).all()) == 3 * acted


@pytest.mark.parametrize(("visitor", "may"), [("viewer", False), ("editor", True), ("admin", True)])
def test_records_tell_who_may_act(guarded: FastAPI, visitor: str, may: bool) -> None:
    log_in(guarded, visitor)
    assert send(guarded, "GET", RUN).json()["editable"] is may
    assert [run["editable"] for run in send(guarded, "GET", "/api/dags/first/runs").json()] == [may]


def test_two_runs_of_a_dag_are_compared(guarded: FastAPI, store: LocalStore) -> None:
    log_in(guarded, "viewer")
    step = StepSpec("load", "load", "m:load", "c" * 64, parameters={"rows": 2})
    plan = Plan({"load": StepPlan("load", "run")})
    Records(store).start(PipelineSpec("sums", (step,)), plan, "manual__2", dag_id="first")
    told = send(guarded, "GET", "/api/dags/first/runs/manual__2/compared/manual__1").json()
    assert (told["before"]["name"], told["after"]["name"]) == ("manual__1", "manual__2")
    (found,) = told["steps"]
    assert found["verdict"] == "changed"
    assert [change["text"] for change in found["changes"]] == ["parameter rows unset -> 2"]
    assert send(guarded, "GET", f"{RUN}/compared/manual__3").status_code == 404


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
    log_in(guarded, visitor)
    told = get(guarded, "/api/cache").json()
    assert {f"{step['pipeline']}.{step['step']}" for step in told["steps"]} == steps
    assert (told["entries"], told["size"]) == (3, 30)
    assert told["others"] == {"entries": 3 - len(steps), "size": 30 - 10 * len(steps)}


SITES = {
    "another site": ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
    "another port of this host": ({"Sec-Fetch-Site": "same-site", "Origin": "http://test:99"}, 403),
    "another site, over plain HTTP": ({"Origin": "http://evil.example"}, 403),
    "a page without an origin": ({"Origin": "null"}, 403),
    "a site with a longer name": ({"Origin": "http://test.evil.example"}, 403),
    "this site, over plain HTTP": ({"Origin": "http://test"}, 200),
    "behind a proxy": ({"Origin": "https://air.example"}, 200),
    "no browser": ({}, 200),
}
"""What browsers say of where a request comes from, and the answer."""


def test_actions_are_not_taken_for_other_sites(
    guarded: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://air.example/team")
    log_in(guarded, "editor")
    for site, (headers, status) in SITES.items():
        for path in ACTIONS:
            given = send(guarded, "POST", path, headers=headers).status_code
            assert given == status, f"{path} from {site}"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": {"pinned": "true"}}, 415),
        ({"content": "{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"json": {"other": 1}}, 422),
        ({"json": []}, 422),
        ({"content": "{", "headers": {"Content-Type": "application/json"}}, 422),
    ],
    ids=["form", "text", "unknown", "list", "broken"],
)
def test_actions_take_nothing_but_their_json(
    guarded: FastAPI, store: LocalStore, body: dict[str, Any], status: int
) -> None:
    log_in(guarded, "editor")
    for path in ACTIONS:
        assert send(guarded, "POST", path, **{"json": None, **body}).status_code == status
    assert store.lookup(key_of("sums")) is not None
    assert not pinned(store)


def test_no_path_leads_elsewhere(guarded: FastAPI, store: LocalStore) -> None:
    log_in(guarded, "editor")
    for path in (
        "/api/dags/first/runs/..%2F..%2F..%2Fetc%2Fpasswd",
        "/api/dags/first/runs/%2e%2e",
        "/api/dags/first/runs/manual__1%2F..%2F..%2Fsecond",
        "/static/%2e%2e/server.py",
        "/static/..%2f..%2fweb.py",
        "/static/%00",
    ):
        assert send(guarded, "GET", path).status_code == 404, path
    for path in (
        f"{RUN}/steps/absent/invalidate",
        f"{RUN}/steps/..%2Fload/invalidate",
        "/api/dags/first/runs/absent/steps/load/invalidate",
        "/api/dags/first/steps/absent/invalidate",
        f"{RUN}/steps/load/outputs/absent/pin",
        f"{RUN}/steps/load/outputs/..%2F{'a' * 64}/pin",
    ):
        assert send(guarded, "POST", path).status_code == 404, path
    assert store.lookup(key_of("sums")) is not None


def test_no_answer_is_taken_for_a_page(guarded: FastAPI) -> None:
    log_in(guarded, "viewer")
    for method, path in (
        ("GET", "/api/dags/first/runs"),
        ("GET", "/api/absent"),
        ("GET", "/static/lineage.js"),
        ("POST", PIN),
    ):
        headers = send(guarded, method, path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "html" not in headers["Content-Type"]


def test_an_artifact_is_pinned_and_unpinned(guarded: FastAPI, store: LocalStore) -> None:
    log_in(guarded, "editor")
    digest = send(guarded, "GET", RUN).json()["steps"][0]["outputs"]["output"]["digest"]
    assert send(guarded, "POST", PIN).json() == {"pinned": True}
    assert send(guarded, "GET", RUN).json()["pinned"] == [digest]
    collect_garbage(store, Usage(), grace=-1, limit=0)
    assert store.blobs.path(digest).exists()
    assert send(guarded, "POST", PIN, json={"pinned": False}).json() == {"pinned": False}
    assert send(guarded, "GET", RUN).json()["pinned"] == []
    store.blobs.path(digest).unlink()
    gone = send(guarded, "POST", PIN)
    assert (gone.status_code, digest[:12] in gone.json()["detail"]) == (409, True)
    assert not pinned(store)


def test_results_are_invalidated_once(guarded: FastAPI, store: LocalStore) -> None:
    log_in(guarded, "editor")
    assert send(guarded, "POST", INVALIDATE).json() == {"invalidated": 1}
    assert send(guarded, "POST", INVALIDATE).json() == {"invalidated": 0}
    again = Producer("sums", "manual__2", "load")
    for key in ("1" * 64, "2" * 64):
        store.save(Entry(key, {}, again, 1.0, time.time()))
    assert send(guarded, "POST", INVALIDATE_ALL).json() == {"invalidated": 2}
    assert {entry.producer.pipeline for entry in store.entries()} == {"other", "local"}


def test_the_audit_log_tells_who_did_what(guarded: FastAPI, audit: Session) -> None:
    log_in(guarded, "editor")
    for path in (INVALIDATE, INVALIDATE_ALL, PIN):
        send(guarded, "POST", path)
    told = audit.scalars(select(Log)).all()
    assert [(log.event, log.owner, log.dag_id, log.run_id, log.task_id) for log in told] == [
        ("zcompile_invalidate_result", "d", "first", "manual__1", "load"),
        ("zcompile_invalidate_step", "d", "first", None, "load"),
        ("zcompile_pin_artifact", "d", "first", "manual__1", "load"),
    ]
    assert json.loads(str(told[2].extra)) == {"output": "output", "pinned": True, "method": "POST"}


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
    return send(app, "GET", path)


def send(app: FastAPI, method: str, path: str, **changed: Any) -> httpx.Response:
    """The answer to what the pages send, but for what is changed of it."""
    asked: dict[str, Any] = {"headers": {}}
    if method == "POST":
        body = {"pinned": True} if path.endswith("/pin") else {}
        asked = {"json": body, "headers": {"Sec-Fetch-Site": "same-origin"}}

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **{**asked, **changed})

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
