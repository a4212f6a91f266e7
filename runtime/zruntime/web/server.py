"""A small server of the pages on this machine, without Airflow."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import quote, unquote

from zruntime.exceptions import ZCompileError
from zruntime.records import Records, RunRecord
from zruntime.store import LocalStore, MemoryStore
from zruntime.web.acting import LONGEST, acted, refused
from zruntime.web.answers import Answer, answer, problem
from zruntime.web.bundles import DIST, names
from zruntime.web.data import compared, listed
from zruntime.web.html import served_page
from zruntime.web.polled import RunAnswers

_LOG: Final = logging.getLogger("zruntime.web")

HOST: Final = "127.0.0.1"
PORT: Final = 8050
"""The port that is tried first."""

_TRIED: Final = 100

AnyStore = LocalStore | MemoryStore
OpenStore = Callable[[], AbstractContextManager[AnyStore]]


class PageServer:
    """Serves the runs of a store to the browsers of this machine.

    Args:
        open_store: Opens the store; a store that does not exist yet may exist later.
        port: The port; by default 8050, or the next one that is free.

    Raises:
        OSError: if the port is taken.
    """

    def __init__(self, open_store: OpenStore, port: int | None = None) -> None:
        self._server = _bound(port, open_store)

    @property
    def url(self) -> str:
        """The address of the list of runs, with a slash at its end."""
        return f"http://{HOST}:{self._server.server_port}/"

    def url_of(self, run: RunRecord) -> str:
        """The address of a run's page."""
        return f"{self.url}runs/{quote(run.pipeline, safe='')}/{quote(run.name, safe='')}"

    def serve(self) -> None:
        """Serves until `close` is called, or an exception is raised in this thread."""
        self._server.serve_forever(poll_interval=0.1)

    def start(self) -> None:
        """Serves in a thread that ends with the process."""
        threading.Thread(target=self.serve, name="zcompile-ui", daemon=True).start()

    def close(self) -> None:
        """Frees the port."""
        self._server.server_close()


def _bound(port: int | None, open_store: OpenStore) -> ThreadingHTTPServer:
    class Handler(_Handler):
        pages = _Pages(open_store)

    if port is not None:
        return _Server((HOST, port), Handler)
    for tried in range(PORT, PORT + _TRIED):
        with suppress(OSError):
            return _Server((HOST, tried), Handler)
    return _Server((HOST, 0), Handler)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Logs what went wrong; that a browser went away before its answer came is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _LOG.exception("A request was not answered.")


class _Pages:
    """What is at each address."""

    def __init__(self, open_store: OpenStore) -> None:
        self._open = open_store
        self._runs = RunAnswers()

    def get(self, path: Sequence[str], known: str) -> Answer:
        """The answer for the parts of a path, to a client that has what `known` names."""
        match path:
            case [""] | ["runs", _, _]:
                return Answer(200, served_page().encode(), {"Content-Type": "text/html"})
            case ["static", name] if name in names():
                headers = {"Content-Type": "text/javascript", "Cache-Control": "no-cache"}
                return Answer(200, (DIST / name).read_bytes(), headers)
            case ["api", "runs"]:
                return self._tell(lambda store: listed(Records(store).newest()), known)
            case ["api", "runs", pipeline, run]:
                return self._ask(lambda store: self._run(store, pipeline, run, known))
            case ["api", "runs", pipeline, run, "compared", other]:
                return self._tell(lambda store: _compared(store, pipeline, run, other), known)
            case _:
                return problem(404, "There is nothing at this address.")

    def post(self, path: Sequence[str], body: bytes) -> Answer:
        """The answer to what a page wants to be done."""
        try:
            with self._open() as store:
                return acted(store, path[1:], body)
        except ZCompileError as error:
            return problem(503, str(error))

    def _run(self, store: AnyStore, pipeline: str, name: str, known: str) -> Answer | None:
        def found(records: Records) -> RunRecord | None:
            return records.run_named(pipeline, name)

        return self._runs.answer(store, found, (pipeline, name), True, known)

    def _tell(self, question: Callable[[AnyStore], Any], known: str) -> Answer:
        def told(store: AnyStore) -> Answer | None:
            value = question(store)
            return None if value is None else answer(value, known)

        return self._ask(told)

    def _ask(self, question: Callable[[AnyStore], Answer | None]) -> Answer:
        try:
            with self._open() as store:
                given = question(store)
        except ZCompileError as error:
            return problem(503, f"The records cannot be read. {error}")
        return given or problem(404, "No such run.")


def _compared(store: AnyStore, pipeline: str, name: str, other: str) -> dict[str, Any] | None:
    records = Records(store)
    before, after = records.run_named(pipeline, other), records.run_named(pipeline, name)
    return compared(store, before, after) if before and after else None


class _Handler(BaseHTTPRequestHandler):
    pages: _Pages
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answers what a page asks for."""
        known = self.headers.get("If-None-Match", "")
        self._answer(lambda path: self.pages.get(path, known))

    def do_POST(self) -> None:
        """Answers what a page of this server wants to be done."""
        self._answer(self._posted)

    def _posted(self, path: Sequence[str]) -> Answer:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST:
            self.close_connection = True
            return problem(413, f"Send at most {LONGEST} bytes, and tell how many.")
        body = self.rfile.read(int(length))
        return refused(self.headers, self.headers["Host"]) or self.pages.post(path, body)

    def _answer(self, to: Callable[[Sequence[str]], Answer]) -> None:
        """Answers, unless a page of another site asks under a name that it made lead here."""
        host = self.headers.get("Host", "").partition(":")[0]
        path = [unquote(part) for part in self.path.partition("?")[0][1:].split("/")]
        if host in (HOST, "localhost"):
            given = to(path)
        else:
            self.close_connection = True  # what it sent was not read
            given = problem(403, f"Open this page at http://{HOST}.")
        self.send_response(given.status)
        for name, value in given.headers.items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Content-Length", str(len(given.body)))
        self.end_headers()
        self.wfile.write(given.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs requests for those who want to see them."""
        _LOG.debug(format, *args)
