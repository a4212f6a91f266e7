"""An S3 of this machine."""

from __future__ import annotations

import subprocess
import sys

import pytest
import s3fs


class Server:
    """moto's S3 in a process of its own, on a port of this machine that stays the same."""

    def __init__(self, port: int = 0) -> None:
        code = (
            "import sys; from moto.server import ThreadedMotoServer\n"
            f"server = ThreadedMotoServer('127.0.0.1', {port}, verbose=False); server.start()\n"
            "print(server.get_host_and_port()[1], flush=True); sys.stdin.read()"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def use_server(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the cloud's secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()  # they know the server of another test
