"""Files of generated secrets: ``NAME=value`` lines that only their owner may read.

``python3 -m devtools.env_file``, run in the checkout, writes the ``.env`` that docker-compose.yml
asks for. It needs nothing beyond the standard library, so it runs before ``make setup``.
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

COMPOSE_FILE = Path(".env")


def password() -> str:
    """Return 32 random hexadecimal digits, which need no quoting in a URL or a shell."""
    return secrets.token_hex(16)


def fernet_key() -> str:
    """Return 32 random bytes in the URL-safe base64 that Airflow's Fernet takes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def signing_key() -> str:
    """Return 64 random bytes as hexadecimal digits, the key length of HMAC-SHA512."""
    return secrets.token_hex(64)


AIRFLOW_KEYS: Mapping[str, Callable[[], str]] = {
    "AIRFLOW__CORE__FERNET_KEY": fernet_key,
    "AIRFLOW__API__SECRET_KEY": signing_key,
    "AIRFLOW__API_AUTH__JWT_SECRET": signing_key,
}
COMPOSE_VALUES: Mapping[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": password,
    "REDIS_PASSWORD": password,
    "AIRFLOW_ADMIN_PASSWORD": password,
    **AIRFLOW_KEYS,
    "ZCOMPILE_SIGNING_KEY": signing_key,
}


def ensure(path: Path, values: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """Return the values in ``path``, which is generated first if it is not there.

    An existing file is never changed, and of two processes that write at once one wins.
    """
    if not path.exists():
        _create(path, "".join(f"{name}={make()}\n" for name, make in values.items()))
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def _create(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()


def main() -> None:
    """Write ``.env`` in the working folder unless there is one, and say which it was."""
    existed = COMPOSE_FILE.exists()
    missing = [name for name in COMPOSE_VALUES if name not in ensure(COMPOSE_FILE, COMPOSE_VALUES)]
    print(f"{COMPOSE_FILE.name}: {'kept as it was' if existed else 'written, for its owner only'}")
    if missing:
        raise SystemExit(f"{COMPOSE_FILE.name} lacks {', '.join(missing)}; add them or delete it.")


if __name__ == "__main__":
    main()
