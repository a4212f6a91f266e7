"""Hits in a remote store, beside what the endpoint itself takes to answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from devtools.airflow_server import free_port
from devtools.bench.figures import Figure, run_child, seconds

if TYPE_CHECKING:
    from zruntime.store import LocalStore

HITS = 100
SIZE = 1_000
PROCESSES = 5
SERVER = """
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", int(sys.argv[1]), verbose=False)
server.start()
print("ready", flush=True)
sys.stdin.read()
"""


def measure() -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, _s3_server() as environment:
        folder = Path(scratch)
        urls = {"file://": (folder / "remote").as_uri(), "s3://": "s3://bench/cache"}
        return [
            figure
            for scheme, url in urls.items()
            for figure in _figures(scheme, url, folder / scheme[:2], environment)
        ]


def _figures(scheme: str, url: str, folder: Path, environment: dict[str, str]) -> list[Figure]:
    warm = _figure(scheme, run_child("remote", url, folder=folder, env=environment))
    first = [
        run_child("remote", url, number, folder=folder, env=environment)["first"]
        for number in range(PROCESSES)
    ]
    how = "the first lookup and load of a process that has imported zcompile; opens its store, "
    how += f"imports the file system and connects; {PROCESSES} processes"
    return [
        warm,
        Figure(f"The first hit of a process in a remote store, {scheme}", median(first), "s", how),
    ]


def _figure(scheme: str, times: dict[str, list[float]]) -> Figure:
    hit, get = (median(times[name]) * 1e3 for name in ("hit", "get"))
    where = "the disk" if scheme == "file://" else "moto's server on 127.0.0.1"
    return Figure(
        f"A hit in a remote store, {scheme}, beyond the endpoint's own GET",
        hit - get,
        "ms",
        f"{hit:.1f} ms - {get:.1f} ms; `Store.lookup` and loading an array of 1 KB that the local "
        f"store lacks, beside fsspec's `cat_file` of that artifact from {where}, one request; in "
        f"turns, {HITS} results in a warm process",
        15.0,
    )


@contextmanager
def _s3_server() -> Iterator[dict[str, str]]:
    """The environment in which `s3://bench` is a bucket of a server on this machine."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }
    finally:
        server.communicate()


def _times(url: str) -> dict[str, list[float]]:
    """Seconds of each hit, and of each GET of the same artifact."""
    from fsspec.core import url_to_fs

    from zruntime.settings import open_folder

    files, root = url_to_fs(url)
    if url.startswith("s3"):
        files.mkdir("bench")
    folder = Path(os.environ["ZCOMPILE_STORE"])
    os.environ["ZCOMPILE_REMOTE"] = url
    with open_folder(folder / "writer") as store:
        digests = [_store(store, number) for number in range(HITS + 1)]
    times: dict[str, list[float]] = {"hit": [], "get": []}
    with open_folder(folder / "reader") as store:
        _hit(store, HITS)
        for number in range(HITS):
            path = f"{root}/cas/{digests[number][:2]}/{digests[number]}"
            times["hit"].append(seconds(partial(_hit, store, number)))
            times["get"].append(seconds(partial(files.cat_file, path, start=0)))
    return times


def _first(url: str, number: int) -> dict[str, float]:
    """Seconds of the first hit of this process, in a local store that is new."""
    import zcompile  # noqa: F401
    from zruntime.settings import open_folder

    os.environ["ZCOMPILE_REMOTE"] = url
    folder = Path(os.environ["ZCOMPILE_STORE"]) / f"reader-{number}"

    def first() -> None:
        with open_folder(folder) as store:
            _hit(store, number)

    return {"first": seconds(first)}


def _store(store: LocalStore, number: int) -> str:
    """Stores a result with this number as its key, and returns the digest of its artifact."""
    import numpy as np

    from zruntime.materializers import store_value
    from zruntime.store import Entry, Producer

    ref = store_value(store, np.full(SIZE // 8, number, dtype=float))
    producer = Producer("bench", "run", "step")
    store.save(Entry(f"{number:064x}", {"output": ref}, producer, 0.0, time.time()))
    return ref.digest


def _hit(store: LocalStore, number: int) -> None:
    from zruntime.materializers import load_value

    entry = store.lookup(f"{number:064x}")
    if entry is None or load_value(store, entry.outputs["output"])[0] != number:
        raise RuntimeError(f"result {number} is no hit")


if __name__ == "__main__":
    remote, *first = sys.argv[1:]
    print(json.dumps(_first(remote, int(first[0])) if first else _times(remote)))
