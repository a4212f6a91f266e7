"""The plugin as Airflow loads it, and what its app gives to visitors who have not logged in."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from zruntime.web.bundles import version

LOADED = """
import sys
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
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("home")))
        from zruntime.airflow.web import create_app

        yield create_app()


def test_every_route_but_the_bundles_wants_a_login(app: FastAPI) -> None:
    paths = [route.path for route in app.routes if isinstance(route, APIRoute)]
    mounts = [route.path for route in app.routes if isinstance(route, Mount)]
    assert mounts == ["/static"]
    assert len(paths) + len(mounts) == len(app.routes)
    assert paths
    for path in paths:
        answer = get(app, path.format(dag_id="first", run_id="manual__1", step="a"))
        assert answer.status_code == 401, path


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
