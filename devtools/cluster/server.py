"""A cluster on this machine: the services of docker-compose.yml, each with a home of its own.

    with Cluster(folder=Path(".cluster"), dags=Path("dags")) as cluster:
        cluster.wait_for_dag("first_pipeline")
        cluster.kill("worker-1")

Commands, variables, volumes and health checks are those of the file. What containers would have of
their own is replaced: names of hosts by ports of this machine, ``/opt/airflow`` by a folder for
each service, volumes by shared folders, the images of PostgreSQL and Redis by Debian's packages.
Workers have network namespaces of their own where that is possible.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType

import psutil

from devtools import env_file
from devtools.airflow_client import AirflowClient, AirflowError, wait_until
from devtools.airflow_server import free_port, inherited_environment
from devtools.cluster import compose, postgres
from devtools.cluster.compose import Service
from devtools.cluster.network import Network, open_network
from devtools.supervisor import Plan, spawn

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
HOME = "/opt/airflow"
"""Airflow's home in the image."""

INIT = "airflow-init"
FIRST = ("postgres", "redis")
GRACE_SECONDS = 20.0
TAIL_LINES = 25
PORTS = {
    "AIRFLOW__API__PORT": "api-server",
    "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": "logs",
    "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": "trigger-logs",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": "health",
}


class Cluster(AirflowClient):
    """The services as child processes, and the client that talks to their API server.

    Args:
        folder: Where they keep everything; created if missing. All users must be able to reach it,
            since PostgreSQL does not run as root.
        dags: The folder of the DAG files.
        env: Values for the variables of docker-compose.yml, as ``.env`` would have them.
        overrides: Further variables of all services of Airflow.

    Attributes:
        network: What connects the services; loopback before they are started.
    """

    def __init__(
        self,
        folder: Path,
        dags: Path,
        *,
        env: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.dags = folder.resolve(), dags.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.network = Network("they are not started")
        self._ports: dict[str, int] = {}
        self.secrets = self.folder / "secrets.env"
        secrets = env_file.ensure(self.secrets, env_file.COMPOSE_VALUES)
        port = self._port("api-server")
        self._services = compose.services(
            COMPOSE_FILE, {**secrets, "AIRFLOW_PORT": str(port), **(env or {})}
        )
        self._overrides = dict(overrides or {})
        self._variables: dict[str, dict[str, str]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        login = ("admin", secrets["AIRFLOW_ADMIN_PASSWORD"])
        super().__init__(f"http://{self._address('api-server')}", login)

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The services that last, in the order of the file."""
        return tuple(name for name in self._services if name != INIT)

    def start(self) -> None:
        """Start all services and return when their health checks succeed.

        Raises:
            AirflowError: if that fails; shows the ends of their logs. They are stopped then.
        """
        try:
            self.network = open_network(self.folder, [n for n in self.names if _is_worker(n)])
            self.connect(f"http://{self._address('api-server')}")
            databases = self._services["postgres"].environment
            postgres.create(self.volume("postgres"), databases)
            for name in FIRST:
                self.start_service(name)
            for name in FIRST:
                self.wait_healthy(name)
            postgres.create_database(self.network.address, self._port("postgres"), databases)
            self._initialize()
            for name in self.names:
                if name not in FIRST:
                    self.start_service(name)
            for name in self.names:
                self.wait_healthy(name)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End all processes, those that the others need last."""
        others = [name for name in self._running if name not in FIRST]
        for name in others:
            self._running[name].terminate()
        for name in (*others, *FIRST):
            if name in self._running:
                self.stop_service(name)
        self.network.close()

    def start_service(self, name: str) -> None:
        """Start a service that is not running."""
        plan = self._plan(name)
        self._running[name] = spawn(plan, self.environment(name))

    def stop_service(self, name: str) -> None:
        """Stop a service with SIGTERM, as ``docker compose stop`` would."""
        supervisor = self._running.pop(name)
        supervisor.terminate()
        supervisor.wait()

    def kill(self, name: str) -> None:
        """Kill all processes of a service with SIGKILL, as a power failure of its host would."""
        supervisor = self._running.pop(name)
        supervisor.send_signal(signal.SIGSTOP)  # it would start the service again
        while self._kill_processes(supervisor):
            time.sleep(0.01)
        supervisor.kill()
        supervisor.wait()

    def crash(self, name: str) -> None:
        """Kill all processes of a service with SIGKILL; its restart policy starts it again.

        Returns when it is healthy.
        """
        self._kill_processes(self._running[name])
        self.wait_healthy(name)

    def _kill_processes(self, supervisor: subprocess.Popen[bytes]) -> bool:
        """Kill what the supervisor started; whether any of it was alive."""
        found = False
        for process in psutil.Process(supervisor.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                found |= process.status() != psutil.STATUS_ZOMBIE
                process.kill()
        return found

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """A context in which a service is stopped; afterwards it is healthy again."""
        self.stop_service(name)
        try:
            yield
        finally:
            self.start_service(name)
            self.wait_healthy(name)

    @contextmanager
    def varied(self, name: str, variables: Mapping[str, str]) -> Iterator[None]:
        """A context in which a service runs with further variables."""
        self._variables[name] = dict(variables)
        try:
            with self.without(name):
                pass
            yield
        finally:
            del self._variables[name]
            with self.without(name):
                pass

    @contextmanager
    def cut_off(self, name: str) -> Iterator[None]:
        """A context in which a service does not reach the volume of the remote store."""
        link = self._home(name) / "remote"
        link.unlink()
        link.touch()  # a file, below which no folder can be made
        try:
            yield
        finally:
            link.unlink()
            self._mount(name)

    def is_healthy(self, name: str) -> bool:
        """Whether the health check of a service succeeds."""
        return self._check(name).returncode == 0

    def _check(self, name: str) -> subprocess.CompletedProcess[str]:
        return self.run(name, [self._local(name, word) for word in self._services[name].check])

    def run(self, name: str, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """What becomes of a command that runs where a service does, with its variables."""
        inside = [*self.network.inside(name), *command]
        return subprocess.run(inside, env=self.environment(name), capture_output=True, text=True)

    def wait_healthy(self, name: str, timeout: float = 180) -> None:
        """Return when a service is healthy.

        Raises:
            AirflowError: if it ended, or is not healthy in time; shows the end of its log.
        """

        def probe() -> bool | None:
            if self._running[name].poll() is not None:
                raise AirflowError(f"{name} ended.\n{self.tail(name)}")
            return self.is_healthy(name) or None

        def failure() -> str:
            check = self._check(name)
            told = check.stdout + check.stderr
            return f"{name} did not become healthy: {told}\n{self.tail(name)}"

        wait_until(probe, timeout=timeout, failure=failure)

    def wait(self) -> None:
        """Return when a service ends by itself.

        Raises:
            AirflowError: always then; shows the end of its log.
        """
        while True:
            for name, supervisor in self._running.items():
                if supervisor.poll() is not None:
                    raise AirflowError(f"{name} ended.\n{self.tail(name)}")
            time.sleep(1)

    def volume(self, name: str) -> Path:
        """The folder of a volume."""
        return self.folder / "volumes" / name

    def store(self, name: str) -> Path:
        """The folder of a service's local store."""
        return Path(self.environment(name)["ZCOMPILE_STORE"])

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a service's processes."""
        given = self._services[name].environment
        found = {variable: self._local(name, value) for variable, value in given.items()}
        if name in FIRST:
            # PostgreSQL's own variables, for `pg_isready`.
            server = {"PGHOST": self.network.address, "PGPORT": str(self._port("postgres"))}
            return {**inherited_environment(), **found, **server}
        ports = {variable: str(self._port_of(name, kind)) for variable, kind in PORTS.items()}
        local = {
            **ports,
            "AIRFLOW_HOME": str(self._home(name)),
            "AIRFLOW__API__HOST": self.network.address,
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
            "HOSTNAME": name if _is_worker(name) else socket.gethostname(),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        inherited = inherited_environment()
        for variable in ("NO_PROXY", "no_proxy"):
            inherited[variable] += f",{self.network.address}"
        return {**inherited, **found, **local, **self._overrides}

    def output(self, name: str) -> str:
        """What a service has written to its standard output and error."""
        file = self._processes(name) / f"{name}.log"
        return file.read_text(encoding="utf-8", errors="replace")

    def tail(self, name: str) -> str:
        """The last lines of a service's log."""
        lines: list[str] = []
        for log in sorted(self._processes(name).glob("*.log")):
            text = log.read_text(encoding="utf-8", errors="replace")
            lines += [f"--- {log}", *text.splitlines()[-TAIL_LINES:]]
        return "\n".join(lines)

    def _initialize(self) -> None:
        self._mount(INIT)
        command = [*self._services[INIT].command]
        log = self._processes(INIT) / f"{INIT}.log"
        with log.open("wb") as output:
            done = subprocess.run(
                command, env=self.environment(INIT), stdout=output, stderr=subprocess.STDOUT
            )
        if done.returncode != 0:
            raise AirflowError(f"{INIT} failed.\n{self.tail(INIT)}")

    def _plan(self, name: str) -> Plan:
        self._mount(name)
        return Plan(
            parent=os.getpid(),
            folder=str(self._processes(name)),
            first=[],
            services={name: [*self._before(name), *self._command(self._services[name])]},
            grace=GRACE_SECONDS,
            restart=self._services[name].restart,
        )

    def _before(self, name: str) -> list[str]:
        # Not for the supervisor: under another clock psutil does not find all descendants.
        given = [f"{key}={value}" for key, value in self._variables.get(name, {}).items()]
        return [*self.network.inside(name), "env", *given]

    def _command(self, service: Service) -> list[str]:
        if service.name == "postgres":
            address, port = self.network.address, self._port("postgres")
            return postgres.command(self.volume("postgres"), address, port)
        if not isinstance(service.command, str):
            return [self._local(service.name, word) for word in service.command]
        command = ["airflow", *shlex.split(service.command)]  # as the image's entrypoint does
        if _is_worker(service.name):
            command += ["--celery-hostname", service.name]
        return command

    def _mount(self, name: str) -> None:
        """Has the home of a service hold links to its volumes."""
        for target, source in self._services[name].volumes.items():
            folder = self.dags if source == "./dags" else self.volume(source)
            folder.mkdir(parents=True, exist_ok=True)
            link = self._home(name) / Path(target).name
            if not link.is_symlink():
                link.symlink_to(folder)

    def _home(self, name: str) -> Path:
        home = self.folder / "homes" / name
        home.mkdir(parents=True, exist_ok=True)
        return home

    def _processes(self, name: str) -> Path:
        folder = self.folder / "processes" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _local(self, name: str, text: str) -> str:
        """A text of the file with this machine's addresses and folders."""
        at = self.network.address
        for host in ("api-server", "postgres", "redis"):
            text = re.sub(rf"(?:(?<=://)|(?<=@)){host}(:\d+)?(?=/)", self._address(host), text)
        text = text.replace(HOME, str(self._home(name)))
        if name == "redis":
            port = self._port("redis")
            options = f"--port {port} --bind {at} --dir {self.volume('redis')}"
            text = text.replace("redis-server -", f"redis-server - {options}")
            return text.replace("redis-cli", f"redis-cli -h {at} -p {port}")
        text = text.replace("127.0.0.1", at).replace("localhost:8080", self._address("api-server"))
        return text.replace("localhost:8974", f"127.0.0.1:{self._port_of(name, 'health')}")

    def _address(self, name: str) -> str:
        return f"{self.network.address}:{self._port(name)}"

    def _port_of(self, name: str, kind: str) -> int:
        return self._port(kind if kind == "api-server" else f"{name} {kind}")

    def _port(self, use: str) -> int:
        """The port for a use; the same at each restart of a service."""
        if use not in self._ports:
            self._ports[use] = free_port()
        return self._ports[use]


def _is_worker(name: str) -> bool:
    return name.startswith("worker")
