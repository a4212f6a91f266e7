"""Servers of this machine that take what Airflow tells of itself."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StatsdReceiver:
    """A server of metrics: takes statsd's datagrams with tags as InfluxDB writes them.

    Attributes:
        env: The environment of an Airflow that sends its metrics of zcompile here.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._lines: list[str] = []
        self.env: Mapping[str, str] = {
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(self._socket.getsockname()[1]),
            "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
            "AIRFLOW__METRICS__METRICS_ALLOW_LIST": "^zcompile",
        }
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()

    def _receive(self) -> None:
        while datagram := self._socket.recv(65535):
            self._lines += datagram.decode().splitlines()

    def of_pipeline(self, pipeline: str) -> list[tuple[str, str, float]]:
        """Name, step and value of each metric of a pipeline that has arrived, in order."""
        found = []
        for line in [*self._lines]:
            name, value, _ = line.replace("|", ":").split(":")
            name, *pairs = name.removeprefix("airflow.zcompile.").split(",")
            tags = dict(pair.split("=") for pair in pairs)
            if tags.get("pipeline") == pipeline:
                found.append((name, tags["step"], float(value)))
        return found

    def close(self) -> None:
        """Ends the server."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


class LineageReceiver:
    """A server that takes OpenLineage's events over HTTP.

    Attributes:
        url: Its address.
        events: What it has received.
    """

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        events = self.events

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                events.append(json.loads(body))
                self.send_response(201)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def of_run(self, run_id: str) -> dict[str, dict[str, Any]]:
        """The last event of each task of a DAG run that has arrived, by the task's id."""
        found = {}
        for event in [*self.events]:
            airflow = event["run"]["facets"].get("airflow", {})
            if airflow.get("dagRun", {}).get("run_id") == run_id:
                found[airflow["task"]["task_id"]] = event
        return found

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
