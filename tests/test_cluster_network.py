"""The network of a cluster: namespaces where they can be had, else loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from devtools.airflow_client import wait_until
from devtools.cluster.network import CHOICE, IP, Namespaces, open_network

WORKERS = ("worker-1", "worker-2")


@contextmanager
def namespaces(folder: Path) -> Iterator[Namespaces]:
    network = open_network(folder, WORKERS)
    if not isinstance(network, Namespaces):
        pytest.skip(network.told)
    try:
        yield network
    finally:
        network.close()


def reaches(network: Namespaces, worker: str, address: tuple[str, int]) -> bool:
    """Whether a worker can connect to an address."""
    call = f"import socket; socket.create_connection({address}, timeout=2)"
    done = subprocess.run(
        [*network.inside(worker), sys.executable, "-c", call], stderr=subprocess.DEVNULL
    )
    return done.returncode == 0


def is_gone(network: Namespaces) -> bool:
    """Whether no link and no namespace of a network is left."""
    listed = [[IP, "link"], [IP, "netns", "list"]]
    left = [subprocess.run(command, capture_output=True, text=True).stdout for command in listed]
    return network.name not in "".join(left)


def test_workers_reach_this_machine_unless_they_are_unplugged(tmp_path: Path) -> None:
    with (
        namespaces(tmp_path) as network,
        socket.create_server((network.address, 0)) as server,
        socket.create_server(("127.0.0.1", 0)) as elsewhere,
    ):
        address = server.getsockname()
        assert all(reaches(network, worker, address) for worker in WORKERS)
        assert not reaches(network, "worker-1", elsewhere.getsockname())
        with network.unplugged("worker-1"):
            assert not reaches(network, "worker-1", address)
            assert reaches(network, "worker-2", address)
        wait_until(
            lambda: reaches(network, "worker-1", address) or None,
            timeout=30,
            failure=lambda: "worker-1 does not come back",
        )


def test_clusters_side_by_side_have_networks_of_their_own(tmp_path: Path) -> None:
    with namespaces(tmp_path / "one") as one, namespaces(tmp_path / "two") as two:
        assert one.address != two.address
        with socket.create_server((two.address, 0)) as server:
            assert reaches(two, "worker-1", server.getsockname())
            assert not reaches(one, "worker-1", server.getsockname())


def test_what_a_killed_cluster_left_is_replaced_and_the_end_leaves_nothing(tmp_path: Path) -> None:
    with namespaces(tmp_path) as left, namespaces(tmp_path) as network:
        assert network.address == left.address
        assert not is_gone(network)
        with socket.create_server((network.address, 0)) as server:
            assert reaches(network, "worker-2", server.getsockname())
    wait_until(lambda: is_gone(network) or None, timeout=10, failure=lambda: "parts of it are left")


def test_loopback_can_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOICE, "loopback")
    network = open_network(tmp_path, WORKERS)
    assert network.address == "127.0.0.1"
    assert network.inside("worker-1") == []
    assert CHOICE in network.told
