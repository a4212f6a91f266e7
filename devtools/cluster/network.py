"""The network of a cluster: each worker in a network namespace of its own, else all on loopback.

Namespaces are joined to a bridge, at whose address of this machine the other services listen. They
and their links are named after the cluster's folder, so that a cluster finds what an earlier one
left there, and disturbs no other cluster.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path

from devtools.airflow_client import AirflowError, wait_until

CHOICE = "CLUSTER_NETWORK"
"""The variable that asks for ``loopback`` where namespaces could be had."""

RANGE = IPv4Network("198.18.0.0/15")  # of RFC 2544: for tests of networks
PREFIX = 28
IP = shutil.which("ip") or "/usr/sbin/ip"
ENDING_SECONDS = 40.0


class Network:
    """Where the services listen, and how commands get to a worker's side of it.

    This one is loopback, which all services share.

    Attributes:
        address: The address at which services of this machine listen.
        told: What the network is, and why, for a person.
    """

    def __init__(self, why: str) -> None:
        self.address = "127.0.0.1"
        self.told = f"All services share the loopback network: {why}"

    def inside(self, name: str) -> list[str]:
        """What runs a command where a service is, when put before it."""
        return []

    def close(self) -> None:
        """Remove what was made for it."""


class Namespaces(Network):
    """A bridge of this machine, and for each worker a namespace with a link to it.

    Attributes:
        name: That of the bridge, with which those of all namespaces and links begin.

    Raises:
        AirflowError: if processes of another cluster of the folder do not end.
        OSError: if workers cannot reach this machine.
        subprocess.CalledProcessError: if a part of it cannot be made.
    """

    def __init__(self, folder: Path, workers: Sequence[str]) -> None:
        # Names of links have 15 characters at most.
        self.name = f"zc{hashlib.sha256(os.fsencode(folder)).hexdigest()[:6]}"
        self._wait_for_the_last(folder)
        self.close()
        subnet = _free_subnet(self.name)
        self.address, *addresses = map(str, subnet.hosts())
        self._addresses = dict(zip(workers, addresses, strict=False))
        places = ", ".join(f"{name} at {at}" for name, at in self._addresses.items())
        self.told = f"Workers have network namespaces of their own: {places}"
        try:
            _ip("link", "add", self.name, "type", "bridge")
            _ip("addr", "add", f"{self.address}/{PREFIX}", "dev", self.name)
            _ip("link", "set", self.name, "up")
            for number, name in enumerate(self._addresses):
                self._add(name, f"{self.name}-{number}")
                self._try(name)
        except BaseException:
            self.close()
            raise

    def inside(self, name: str) -> list[str]:
        """What runs a command in a worker's namespace, where its host has its address as name.

        So the API server finds the logs of tasks that are running there.
        """
        if name not in self._addresses:
            return []
        # Not `ip netns exec`, which would give it mounts of its own, too.
        enter = ["nsenter", f"--net=/run/netns/{self._namespace(name)}", "unshare", "--uts"]
        named = f'echo {self._addresses[name]} >/proc/sys/kernel/hostname && exec "$@"'
        return [*enter, "sh", "-c", named, "sh"]

    @contextmanager
    def unplugged(self, name: str) -> Iterator[None]:
        """A context in which a worker reaches nobody, and nobody reaches it."""
        link = f"{self.name}-{list(self._addresses).index(name)}"
        _ip("link", "set", link, "down")
        try:
            yield
        finally:
            _ip("link", "set", link, "up")

    def close(self) -> None:
        for namespace in self._namespaces():
            _ip("netns", "delete", namespace)
        for link in json.loads(_ip("-json", "link")):
            if link["ifname"].startswith(self.name):
                # Those of a namespace that is just vanishing may be gone by now.
                subprocess.run([IP, "link", "delete", link["ifname"]], capture_output=True)

    def _namespace(self, name: str) -> str:
        return f"{self.name}-{name}"

    def _namespaces(self) -> list[str]:
        names = (line.split()[0] for line in _ip("netns", "list").splitlines())
        return [name for name in names if name.startswith(f"{self.name}-")]

    def _add(self, name: str, link: str) -> None:
        namespace = self._namespace(name)
        address = f"{self._addresses[name]}/{PREFIX}"
        _ip("netns", "add", namespace)
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        _ip("link", "set", link, "master", self.name, "up")
        _ip("-n", namespace, "addr", "add", address, "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", namespace, "link", "set", device, "up")

    def _try(self, name: str) -> None:
        """Reaches this machine from a worker: a firewall may forbid that."""
        with socket.create_server((self.address, 0)) as server:
            call = f"import socket; socket.create_connection({server.getsockname()}, timeout=5)"
            _run([*self.inside(name), sys.executable, "-c", call])

    def _wait_for_the_last(self, folder: Path) -> None:
        """Returns when no process is left in namespaces of these names."""
        wait_until(
            lambda: None if any(_ip("netns", "pids", n) for n in self._namespaces()) else True,
            timeout=ENDING_SECONDS,
            failure=lambda: f"{folder} is in use by another cluster",
        )


def open_network(folder: Path, workers: Sequence[str]) -> Network:
    """Return namespaces for the workers where the machine allows it, else loopback.

    Args:
        folder: The cluster's.
        workers: Their names.

    Raises:
        AirflowError: if processes of another cluster of the folder do not end.
    """
    if os.environ.get(CHOICE) == "loopback":
        return Network(f"{CHOICE} says so")
    if os.geteuid() != 0:
        return Network("namespaces need root")
    if not Path(IP).exists():
        return Network("namespaces need ip: apt-get install iproute2")
    try:
        return Namespaces(folder, workers)
    except subprocess.CalledProcessError as error:
        *_, last = error.stderr.strip().splitlines() or ["no message"]
        return Network(f"namespaces could not be made ({last})")


def _free_subnet(name: str) -> IPv4Network:
    """A subnet that no route of this machine overlaps, the same for a name where it is free."""
    taken = [
        IPv4Network(route["dst"])
        for route in json.loads(_ip("-json", "-4", "route", "show", "table", "all"))
        if route["dst"] != "default"
    ]
    subnets = list(RANGE.subnets(new_prefix=PREFIX))
    first = int(hashlib.sha256(name.encode()).hexdigest(), 16) % len(subnets)
    for subnet in (*subnets[first:], *subnets[:first]):
        if not any(subnet.overlaps(other) for other in taken):
            return subnet
    raise AirflowError(f"All of {RANGE} is in use; choose {CHOICE}=loopback")


def _ip(*arguments: str) -> str:
    return _run([IP, *arguments])


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
