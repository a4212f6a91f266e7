"""A small client of Airflow's REST API, version 2."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

T = TypeVar("T")
FINISHED = ("success", "failed")
POLL_SECONDS = 0.1
PAGE = 100  # [api] maximum_page_limit


class AirflowError(Exception):
    """Airflow answered with an error, did not answer, or did not come to the state waited for.

    ``status`` is the HTTP status of the answer, if there was one.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def wait_until(probe: Callable[[], T | None], *, timeout: float, failure: Callable[[], str]) -> T:
    """Return the first answer of ``probe`` that is not None.

    Raises:
        AirflowError: with the text of ``failure`` when ``timeout`` seconds have passed.
    """
    deadline = time.monotonic() + timeout
    while (found := probe()) is None:
        if time.monotonic() > deadline:
            raise AirflowError(f"{failure()} (waited {timeout:g} s)")
        time.sleep(POLL_SECONDS)
    return found


class AirflowClient:
    """Triggers DAGs and reads what became of them.

    Args:
        url: where the API server is, such as ``http://127.0.0.1:8080``.
        login: user and password; by default those of a server whose visitors are all
            administrators.
    """

    def __init__(self, url: str, login: tuple[str, str] | None = None) -> None:
        self._login = login
        self.connect(url)

    def connect(self, url: str) -> None:
        """Talk to the API server at another address from now on."""
        self.url = url
        self._token = ""
        # Proxies of the environment are not for a server on this machine.
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def request(self, method: str, path: str, **arguments: Any) -> Any:
        """Return the JSON answer to a request for a path below ``/api/v2``.

        Raises:
            AirflowError: if the status is 400 or above; shows the body of the answer.
        """
        return self.fetch(method, f"/api/v2/{path.lstrip('/')}", **arguments)

    def fetch(self, method: str, path: str, **arguments: Any) -> Any:
        """Return the JSON answer to a request for a path of the server; see `request`."""
        if not self._token:
            self._token = self._new_token()
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        return self._send(method, path, headers=headers, **arguments)

    def _new_token(self) -> str:
        if self._login is None:
            return str(self._send("GET", "/auth/token")["access_token"])
        login = dict(zip(("username", "password"), self._login, strict=True))
        return str(self._send("POST", "/auth/token", json=login)["access_token"])

    def _send(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            answer = self._http.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise AirflowError(f"{method} {self.url}{path}: {error}") from error
        if answer.is_error:
            message = f"{method} {path}: {answer.status_code} {answer.text}"
            raise AirflowError(message, answer.status_code)
        return answer.json() if answer.content else None

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the JSON answer to GET of a path below ``/api/v2``."""
        return self.request("GET", path, params=parameters)

    def health(self) -> dict[str, dict[str, str | None]]:
        """Return the status and the latest heartbeat of each part of Airflow."""
        health: dict[str, dict[str, str | None]] = self._send("GET", "/api/v2/monitor/health")
        return health

    def warm_up(self) -> None:
        """Have the API server build what it builds at a worker's first request, for seconds."""
        # Without a header Airflow adds its own and then logs a traceback about it.
        self._send("GET", "/execution/health", headers={"Authorization": "none"})

    def import_errors(self) -> list[dict[str, Any]]:
        """Return Airflow's import errors: ``filename``, ``stack_trace``, ``timestamp`` and more."""
        return list(self.get("importErrors", limit=PAGE)["import_errors"])

    def wait_for_dag(
        self, dag_id: str, newer_than: float | None = None, timeout: float = 60
    ) -> dict[str, Any]:
        """Return the DAG once it is known.

        With ``newer_than`` (seconds, as ``time.time()`` gives), only once its file has been parsed
        as it was at that time or later.
        """

        def known() -> dict[str, Any] | None:
            try:
                dag: dict[str, Any] = self.get(f"dags/{_part(dag_id)}")
            except AirflowError as error:
                if error.status == httpx.codes.NOT_FOUND:
                    return None
                raise
            return None if dag["is_stale"] else dag

        def parsed_after(moment: float) -> dict[str, Any] | None:
            dag = known()
            return dag if dag and seconds(dag["last_parsed_time"]) > moment else None

        def failure() -> str:
            errors = [f"{e['filename']}: {e['stack_trace']}" for e in self.import_errors()]
            return "\n".join([f"DAG {dag_id} did not appear", *errors])

        if newer_than is None:
            return wait_until(known, timeout=timeout, failure=failure)
        dag = wait_until(lambda: parsed_after(newer_than), timeout=timeout, failure=failure)
        # That is when the parse ended: it may have begun before; its successor cannot have.
        ended = seconds(dag["last_parsed_time"])
        return wait_until(lambda: parsed_after(ended), timeout=timeout, failure=failure)

    def trigger(
        self, dag_id: str, conf: Mapping[str, Any] | None = None, run_id: str | None = None
    ) -> str:
        """Start a run of a DAG and return the run's id."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf or {})}
        run = self.request("POST", f"dags/{_part(dag_id)}/dagRuns", json=body)
        return str(run["dag_run_id"])

    def wait_for_run(self, dag_id: str, run_id: str, timeout: float = 120) -> str:
        """Return ``"success"`` or ``"failed"`` once the run has ended."""

        def state() -> str | None:
            found = str(self.get(_run(dag_id, run_id))["state"])
            return found if found in FINISHED else None

        def failure() -> str:
            states = {t["task_id"]: t["state"] for t in self.task_instances(dag_id, run_id)}
            return f"run {run_id} of {dag_id} did not end; its tasks: {states}"

        return wait_until(state, timeout=timeout, failure=failure)

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the run's task instances: ``task_id``, ``state``, ``try_number`` and more."""
        found: list[dict[str, Any]] = []
        while True:
            path = f"{_run(dag_id, run_id)}/taskInstances"
            page = self.get(path, limit=PAGE, offset=len(found))
            found += page["task_instances"]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return found

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """Return Airflow's state of each task of a run."""
        return {task["task_id"]: task["state"] for task in self.task_instances(dag_id, run_id)}

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """Return the value of one XCom, as JSON gives it."""
        path = f"{_task(dag_id, run_id, task_id)}/xcomEntries/{quote(key)}"
        return self.get(path, deserialize=True)["value"]

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> str:
        """Return the events of one try's log, a line each."""
        path = f"{_task(dag_id, run_id, task_id)}/logs/{try_number}"
        content = self.get(path, full_content=True)["content"]
        return "\n".join(str(e.get("event", e)) if isinstance(e, dict) else e for e in content)

    def clear(
        self, dag_id: str, run_id: str, task_ids: Sequence[str], *, downstream: bool = False
    ) -> list[str]:
        """Clear tasks of a run so that they run again, and return the ids of those cleared."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": list(task_ids),
            "include_downstream": downstream,
            "only_failed": False,
            "reset_dag_runs": True,
        }
        answer = self.request("POST", f"dags/{_part(dag_id)}/clearTaskInstances", json=body)
        return sorted(str(task["task_id"]) for task in answer["task_instances"])

    def run_url(self, dag_id: str, run_id: str) -> str:
        """Return the address of the run's page."""
        return f"{self.url}/{_run(dag_id, run_id).replace('dagRuns', 'runs', 1)}"


def _part(text: str) -> str:
    return quote(text, safe="")


def _run(dag_id: str, run_id: str) -> str:
    return f"dags/{_part(dag_id)}/dagRuns/{_part(run_id)}"


def _task(dag_id: str, run_id: str, task_id: str) -> str:
    return f"{_run(dag_id, run_id)}/taskInstances/{_part(task_id)}"


def seconds(iso: str | None) -> float:
    """Return a time of the API as ``time.time()`` would, and 0 for none."""
    return datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp() if iso else 0.0
