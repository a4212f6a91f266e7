"""The server of the pages without Airflow."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from zruntime.exceptions import StoreError
from zruntime.planning import Plan, StepPlan
from zruntime.records import Records
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Entry, LocalStore, Producer
from zruntime.web.bundles import names
from zruntime.web.server import HOST, PORT, PageServer

STEP = StepSpec("load", "load", "m:load", "c" * 64, outputs={"output": "int"})
RUN = "sums 1/2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one run, which took its result from there."""
    folder = tmp_path_factory.mktemp("store")
    producer = Producer("sums", "first", "load")
    with LocalStore(folder) as store:
        with store.write_blob() as blob:
            blob.file.write(b"1")
        outputs = {"output": ArtifactRef(blob.digest, blob.size, "int", "json/1")}
        store.save(Entry("a" * 64, outputs, producer, 1.0, 1.0))
        planned = StepPlan("load", "cached", key="a" * 64, outputs=outputs, producer=producer)
        for name in (RUN, "other"):
            Records(store).start(PipelineSpec("sums", (STEP,)), Plan({"load": planned}), name)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[PageServer]:
    server = PageServer(lambda: LocalStore(folder))
    server.start()
    yield server
    server.close()


def get(server: PageServer, path: str, **headers: str) -> HTTPResponse:
    host, _, port = server.url[7:-1].partition(":")
    connection = HTTPConnection(host, int(port))
    connection.request("GET", path, headers={"Host": f"{host}:{port}", **headers})
    return connection.getresponse()


def test_runs_and_the_record_of_one(server: PageServer) -> None:
    listed = json.loads(get(server, "/api/runs").read())
    assert {(run["name"], run["steps"][0]["state"]) for run in listed} == {
        (RUN, "cached"),
        ("other", "cached"),
    }
    answer = get(server, "/api/runs/sums/sums%201%2F2")
    assert answer.status == 200
    assert json.loads(answer.read())["steps"][0]["function"] == "load"


def test_two_runs_are_compared(server: PageServer) -> None:
    answer = get(server, "/api/runs/sums/other/compared/sums%201%2F2")
    told = json.loads(answer.read())
    assert (told["before"]["name"], told["after"]["name"]) == (RUN, "other")
    assert [step["verdict"] for step in told["steps"]] == ["same"]


def test_what_has_not_changed_is_not_sent_again(server: PageServer) -> None:
    tag = get(server, "/api/runs").headers["ETag"]
    again = get(server, "/api/runs", **{"If-None-Match": f"W/{tag}"})
    assert (again.status, again.read()) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/runs/sums/any"])
def test_pages_hold_nothing_but_the_bundles(server: PageServer, path: str) -> None:
    answer = get(server, path)
    assert answer.headers["X-Frame-Options"] == "DENY"
    page = answer.read().decode()
    assert "script-src 'self'" in page
    for name in ("host.js", "lineage.js"):
        assert f'src="/static/{name}?v=' in page
        assert "javascript" in get(server, f"/static/{name}").headers["Content-Type"]


@pytest.mark.parametrize(
    "path",
    [
        "/absent",
        "/static/",
        "/static/build.json",
        "/static/..%2Fserver.py",
        "/static/../server.py",
        "//etc/passwd",
        "/api/runs/sums/absent",
        "/api/runs/absent/x",
        "/api/runs/sums",
        "/api/runs/sums/other/compared/absent",
    ],
)
def test_there_is_nothing_else(server: PageServer, path: str) -> None:
    answer = get(server, path)
    assert answer.status == 404
    assert json.loads(answer.read())["detail"]


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org:80", "[::1", ""])
def test_pages_of_other_sites_get_nothing(server: PageServer, host: str) -> None:
    assert get(server, "/api/runs", Host=host).status == 403


def post(
    server: PageServer, path: str, body: str = "{}", **headers: str
) -> tuple[int, dict[str, Any]]:
    host, _, port = server.url[7:-1].partition(":")
    connection = HTTPConnection(host, int(port))
    sent = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", **headers}
    connection.request("POST", path, body, headers=sent)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


ACTIONS = "/api/runs/sums/sums%201%2F2/steps/load"


def test_a_result_is_invalidated_and_its_artifact_pinned(server: PageServer, folder: Path) -> None:
    def record() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(get(server, "/api/runs/sums/sums%201%2F2").read())
        return found

    assert (record()["editable"], record()["pinned"]) == (True, [])
    pin = f"{ACTIONS}/outputs/output/pin"
    assert post(server, pin, '{"pinned": true}') == (200, {"pinned": True})
    assert record()["pinned"] == [record()["steps"][0]["outputs"]["output"]["digest"]]
    assert post(server, pin, '{"pinned": false}') == (200, {"pinned": False})
    assert record()["pinned"] == []
    assert post(server, f"{ACTIONS}/invalidate") == (200, {"invalidated": 1})
    with LocalStore(folder) as store:
        assert list(store.entries()) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/runs", "{}"),
        ("/api/runs/sums/absent/steps/load/invalidate", "{}"),
        (f"{ACTIONS}/../absent/invalidate", "{}"),
        (f"{ACTIONS}/outputs/absent/pin", '{"pinned": true}'),
        (f"{ACTIONS}/outputs/output/pin", '{"pinned": 1}'),
        (f"{ACTIONS}/outputs/output/pin", "{"),
        (f"{ACTIONS}/invalidate", "[]"),
        (f"{ACTIONS}/absent", "{}"),
    ],
)
def test_nothing_else_can_be_changed(server: PageServer, path: str, body: str) -> None:
    status, told = post(server, path, body)
    assert (status, bool(told["detail"])) == (404, True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "example.org"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Length": "-1"}, 413),
        ({"Content-Length": "100000"}, 413),
    ],
)
def test_pages_of_other_sites_change_nothing(
    server: PageServer, headers: dict[str, str], status: int
) -> None:
    assert post(server, f"{ACTIONS}/invalidate", **headers)[0] == status


def test_a_store_that_cannot_be_read_is_told() -> None:
    def broken() -> LocalStore:
        raise StoreError("The store is locked.", code="ZC500")

    server = PageServer(broken, 0)
    server.start()
    answer = get(server, "/api/runs")
    assert (answer.status, "The store is locked." in answer.read().decode()) == (503, True)
    server.close()


def test_the_next_free_port_is_taken(tmp_path: Path) -> None:
    servers = [PageServer(lambda: LocalStore(tmp_path)) for _ in range(2)]
    first, second = (int(server.url.rpartition(":")[2].rstrip("/")) for server in servers)
    assert PORT <= first < second
    for server in servers:
        server.close()


def test_a_port_that_is_asked_for_and_taken_is_an_error(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken, pytest.raises(OSError, match="in use"):
        PageServer(lambda: LocalStore(tmp_path), taken.getsockname()[1])


def test_every_bundle_is_one_that_a_page_uses() -> None:
    assert {"host.js", "lineage.js"} <= names()
