"""PostgreSQL from Debian's package, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

USER = "postgres"
CLIENTS = "host all all all scram-sha-256\n"
"""Who may connect from where (``pg_hba.conf``), as in the image."""

BINARIES = Path("/usr/lib/postgresql")


def command(data: Path, address: str, port: int) -> list[str]:
    """Return the command that serves the databases in a folder at an address and port."""
    options = ["-p", str(port), "-h", address, "-k", ""]
    return [*_as_user(), _binary("postgres"), "-D", str(data), *options]


def create(data: Path, environment: Mapping[str, str]) -> None:
    """Make the folder of the databases, as the image does at its first start.

    Args:
        data: The folder; databases that are in it stay.
        environment: The service's variables, such as ``POSTGRES_USER``.

    Raises:
        subprocess.CalledProcessError: if that fails; its message is on stderr.
    """
    if not (data / "PG_VERSION").exists():
        _initialize(data, environment)
    (data / "pg_hba.conf").write_text(CLIENTS)


def create_database(address: str, port: int, environment: Mapping[str, str]) -> None:
    """Make the database ``POSTGRES_DB`` in a running server, unless it is there."""
    import psycopg2

    server = psycopg2.connect(
        host=address,
        port=port,
        user=environment["POSTGRES_USER"],
        password=environment["POSTGRES_PASSWORD"],
        dbname="postgres",
    )
    name = environment["POSTGRES_DB"]
    try:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{name}"')
    finally:
        server.close()


def _initialize(data: Path, environment: Mapping[str, str]) -> None:
    data.mkdir(parents=True, exist_ok=True)
    secret = data.with_suffix(".password")
    secret.touch(mode=0o600)
    try:
        secret.write_text(environment["POSTGRES_PASSWORD"])
        if _as_user():
            for path in (data, secret):
                shutil.chown(path, USER, USER)
        options = ["-U", environment["POSTGRES_USER"], "--auth=scram-sha-256", f"--pwfile={secret}"]
        initdb = [*_as_user(), _binary("initdb"), "-D", str(data), *options]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/")
    finally:
        secret.unlink()


def _binary(name: str) -> str:
    newest = max(BINARIES.glob("*/bin"), key=lambda folder: float(folder.parent.name))
    return str(newest / name)


def _as_user() -> list[str]:
    """What runs a command as the package's user: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(USER)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
