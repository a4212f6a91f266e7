"""A real Airflow on this machine: API server, scheduler and DAG processor on SQLite.

    with AirflowServer(home=Path(".airflow"), dags=Path("dags")) as airflow:
        airflow.wait_for_dag("first_pipeline")
        run_id = airflow.trigger("first_pipeline")
        airflow.wait_for_run("first_pipeline", run_id)

Everything it writes is under its home, it listens on 127.0.0.1 only, and every visitor is an
administrator: it is for demonstrations, tests and benchmarks.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

import psutil

from devtools import env_file
from devtools.airflow_client import AirflowClient, AirflowError, seconds, wait_until
from devtools.supervisor import Plan, spawn

HOST = "127.0.0.1"
BEATING = ("scheduler", "dag_processor")
TAIL_LINES = 25
LOCKED_SECONDS = 2.0
"""How long other services may lock the database while it is looked at."""

SETTINGS: Mapping[str, str] = {
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
    "AIRFLOW__API__HOST": HOST,
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
}


class AirflowServer(AirflowClient):
    """Airflow's services as child processes, and the client that talks to them.

    Args:
        home: the AIRFLOW_HOME; created if missing. One server at a time uses it.
        dags: the folder that the DAG processor reads.
        env: further environment of the services, such as ``AIRFLOW__SECTION__KEY``. Variables of
            this process that begin with ``AIRFLOW_`` or ``ZCOMPILE_`` are not passed on.
        start_timeout: seconds until all services must be healthy.
    """

    def __init__(
        self,
        home: Path,
        dags: Path,
        *,
        env: Mapping[str, str] | None = None,
        start_timeout: float = 120,
    ) -> None:
        super().__init__("")
        self.home = home.resolve()
        self.dags = dags.resolve()
        self._processes = self.home / "processes"
        self._env = dict(env or {})
        self._start_timeout = start_timeout
        self._supervisor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> AirflowServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the services and return when all are healthy.

        Raises:
            AirflowError: if they are not; shows the ends of their logs. They are stopped then.
        """
        self._processes.mkdir(parents=True, exist_ok=True, mode=0o700)
        for log in self._processes.glob("*.log"):
            log.unlink()
        port = free_port()
        self.connect(f"http://{HOST}:{port}")
        began = time.time()
        try:
            self._supervisor = spawn(self._plan(port), self.environment())
            wait_until(
                lambda: self._healthy_since(began) or None,
                timeout=self._start_timeout,
                failure=lambda: f"Airflow did not become healthy.\n{self._tails()}",
            )
        except BaseException:
            self.stop()
            raise
        self._migrated.write_text(version("apache-airflow"))

    def stop(self) -> None:
        """End all processes of the server; harmless when it is not running."""
        if self._supervisor is not None:
            self._supervisor.terminate()
            self._supervisor.wait()
            self._supervisor = None

    @contextmanager
    def paused(self, service: str) -> Iterator[None]:
        """A context in which one of the services, such as `dag-processor`, stands still.

        It holds no lock of the database then, which would stop the others too.

        Raises:
            AirflowError: if it never is without one.
        """
        running = psutil.Process(int((self._processes / f"{service}.pid").read_text()))
        suspended = wait_until(
            lambda: self._suspended(running),
            timeout=60,
            failure=lambda: f"The {service} always locks the database",
        )
        try:
            yield
        finally:
            _each(suspended, psutil.Process.resume)

    def _suspended(self, service: psutil.Process) -> list[psutil.Process] | None:
        """The processes of a service, which stand still; None if they held a lock, and go on."""
        service.suspend()
        processes = [service, *service.children(recursive=True)]
        _each(processes, psutil.Process.suspend)
        database = sqlite3.connect(self._database, timeout=LOCKED_SECONDS, isolation_level=None)
        with closing(database):
            try:
                database.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                _each(processes, psutil.Process.resume)
                return None
        return processes

    def wait(self) -> None:
        """Return when the server ends.

        Raises:
            AirflowError: if it ended without being stopped; shows the ends of the logs.
        """
        if self._supervisor is not None and self._supervisor.wait() != 0:
            raise AirflowError(f"Airflow ended.\n{self._tails()}")

    def environment(self) -> dict[str, str]:
        """Return the environment of the services."""
        keys = env_file.ensure(self.home / "secrets.env", env_file.AIRFLOW_KEYS)
        local = {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self._database}",
        }
        return {**inherited_environment(), **SETTINGS, **keys, **local, **self._env}

    @property
    def _database(self) -> Path:
        return self.home / "airflow.db"

    @property
    def _migrated(self) -> Path:
        """The file that says for which version the database was made."""
        return self.home / "migrated"

    def _plan(self, port: int) -> Plan:
        airflow = str(Path(sys.executable).with_name("airflow"))
        done = self._migrated.exists() and self._migrated.read_text() == version("apache-airflow")
        return Plan(
            parent=os.getpid(),
            folder=str(self._processes),
            first=[] if done else [airflow, "db", "migrate"],
            services={
                "api-server": [airflow, "api-server", "--port", str(port)],
                # The API server reads the log files itself; a log server would want a fixed port.
                "scheduler": [airflow, "scheduler", "--skip-serve-logs"],
                "dag-processor": [airflow, "dag-processor"],
            },
        )

    def _healthy_since(self, began: float) -> bool:
        """Whether all are healthy by heartbeats of this start, not of one that crashed just before.

        Raises:
            AirflowError: if a service ended.
        """
        if self._supervisor is None or self._supervisor.poll() is not None:
            raise AirflowError(f"Airflow ended while it was starting.\n{self._tails()}")
        try:
            health = self.health()
            self.warm_up()
        except AirflowError:
            return False
        beats = (health[name].get(f"latest_{name}_heartbeat") for name in BEATING)
        return health["metadatabase"]["status"] == "healthy" and all(
            seconds(beat) > began for beat in beats
        )

    def _tails(self) -> str:
        """The last lines of every service's log."""
        texts = []
        for log in sorted(self._processes.glob("*.log")):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            texts += [f"--- {log}", *lines[-TAIL_LINES:]]
        return "\n".join(texts)


def _each(processes: Sequence[psutil.Process], act: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            act(process)


def inherited_environment() -> dict[str, str]:
    """Return what Airflow's services take over from the environment of this process.

    Python keeps its bytecode, as it does by default: else each task would compile this project.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW_", "ZCOMPILE_")) and name != "PYTHONDONTWRITEBYTECODE"
    }
    for name in ("NO_PROXY", "no_proxy"):
        inherited[name] = ",".join([HOST, os.environ.get(name, "")])
    return inherited


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
