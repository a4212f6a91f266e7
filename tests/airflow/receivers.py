"""Servers of this machine that take what Airflow tells of itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping


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
