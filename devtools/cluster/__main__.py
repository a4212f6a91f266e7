"""``make cluster``: the services of docker-compose.yml on this machine, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from devtools.airflow_client import AirflowError
from devtools.cluster.server import ROOT, Cluster

FOLDER = ROOT / ".cluster"


def main() -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    cluster = Cluster(FOLDER, ROOT / "dags")
    print(f"Starting {', '.join(cluster.names)} …", flush=True)
    try:
        with cluster:
            print(f"{cluster.network.told}.")
            print(f"Airflow is at {cluster.url}; user admin, password AIRFLOW_ADMIN_PASSWORD in")
            print(f"{cluster.secrets}. Logs are in {FOLDER / 'processes'}.")
            print("Ctrl-C ends it.", flush=True)
            cluster.wait()
    except AirflowError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
