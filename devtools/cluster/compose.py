"""Reads docker-compose.yml: as much of its format as ours uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


@dataclass(frozen=True, slots=True)
class Service:
    """A service, with the variables of the file filled in.

    Attributes:
        name: Its name, by which the other services reach it.
        command: What it runs: arguments, or the one text that the image's entrypoint takes apart.
        environment: Its variables; those that are only passed through are left out.
        volumes: What is mounted, by the path in the container: a volume's name or a folder.
        check: The command of its health check; empty if it has none.
        restart: Whether it is started again when it ends by itself.
    """

    name: str
    command: str | tuple[str, ...]
    environment: Mapping[str, str]
    volumes: Mapping[str, str]
    check: tuple[str, ...]
    restart: bool


def services(file: Path, values: Mapping[str, str]) -> dict[str, Service]:
    """Return the services of a compose file by name.

    Args:
        file: The file.
        values: What ``.env`` says.

    Raises:
        ValueError: if a variable that the file requires has no value.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        name: _service(name, _filled(service, values))
        for name, service in content["services"].items()
    }


def _service(name: str, service: Mapping[str, Any]) -> Service:
    command = service.get("command", "")
    environment = service.get("environment", {})
    mounts = [mount.split(":") for mount in service.get("volumes", ())]
    kind, *check = service.get("healthcheck", {}).get("test", ("NONE",))
    return Service(
        name,
        command if isinstance(command, str) else tuple(command),
        {variable: value for variable, value in environment.items() if value is not None},
        {target: source for source, target, *_ in mounts},
        ("sh", "-c", *check) if kind == "CMD-SHELL" else tuple(check),
        service.get("restart", "no") != "no",
    )


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: _value(found, values), value)
    return value


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    name, kind, text = found.groups()
    if name is None:
        return "$"
    if value := values.get(name):
        return value
    if kind == "?":
        raise ValueError(f"{name} is not set: {text}")
    return text or ""
