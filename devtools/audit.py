"""Tells what is known of the locked dependencies without a network: their age, not their safety."""

from __future__ import annotations

import subprocess
import time
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).parents[1] / "requirements.lock"
COMMAND = ".venv/bin/uvx pip-audit --disable-pip --no-deps -r requirements.lock"


def locked_at() -> float:
    """Unix time at which the lock was changed last, by its commit or else by its file."""
    command = ["git", "log", "-1", "--format=%ct", "--", LOCK.name]
    done = subprocess.run(command, cwd=LOCK.parent, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.stdout.strip() else LOCK.stat().st_mtime


def pinned() -> dict[str, str]:
    """The versions that the lock wants in this environment, by the names of the packages."""
    lines = [line for line in LOCK.read_text().splitlines() if line and line[0] not in "#-"]
    wanted = [Requirement(line) for line in lines]
    here = [each for each in wanted if each.marker is None or each.marker.evaluate()]
    return {each.name: str(each.specifier).removeprefix("==") for each in here}


def differences() -> list[str]:
    """What is installed in other versions than the lock says."""
    found = []
    for name, wanted in pinned().items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "not installed"
        if installed != wanted:
            found.append(f"{name}: locked {wanted}, here {installed}")
    return found


def main() -> None:
    moment = locked_at()
    days = max(0, int((time.time() - moment) // 86400))
    date = f"{datetime.fromtimestamp(moment, timezone.utc):%Y-%m-%d}, {days} days ago"
    print(f"requirements.lock: {len(pinned())} packages, last changed {date}")
    found = differences()
    print("\n".join(found) if found else "installed: the same versions")
    print(f"Vulnerabilities are not looked for here. With a network: {COMMAND}")


if __name__ == "__main__":
    main()
