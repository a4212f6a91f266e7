"""The key of a step: what it is made of here and now, and why it differs from a former one."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

from zruntime.hashing import KeyParts
from zruntime.spec import StepSpec
from zruntime.store import ArtifactRef

ABSENT = "not installed"
"""Stands for the version of a distribution that is not installed."""


def key_parts(step: StepSpec, inputs: Mapping[str, ArtifactRef]) -> KeyParts:
    """What decides whether a step has to run again, on this machine.

    Args:
        step: The step, with the parameters of this run.
        inputs: The artifact of each input.
    """
    return KeyParts(
        code=step.code,
        packages={name: installed_version(name) for name in ("python", *step.packages)},
        parameters=step.parameters,
        inputs={name: ref.content for name, ref in inputs.items()},
        outputs=step.outputs,
        cache_version=step.cache_version,
    )


@cache
def installed_version(distribution: str) -> str:
    """The version of a distribution in this environment; of Python, its minor version."""
    if distribution == "python":
        return ".".join(platform.python_version_tuple()[:2])
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ABSENT


def describe_parts(
    step: StepSpec, parts: KeyParts, inputs: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Key parts as plain JSON data, to be compared with later ones by `explain`.

    Args:
        step: The step that the key is of.
        parts: Its key parts.
        inputs: For each input, who made it: ``{"step": ..., "run": ...}``.
    """
    return {
        "code": parts.code,
        "code_parts": dict(step.code_parts),
        "packages": dict(parts.packages),
        "parameters": dict(parts.parameters),
        "inputs": dict(parts.inputs),
        "origins": {name: dict(origin) for name, origin in inputs.items()},
        "outputs": dict(parts.outputs),
        "cache_version": parts.cache_version,
    }


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a key that differs from a former one.

    Attributes:
        part: "code", "package", "parameter", "input", "output" or "cache_version".
        name: Which one: a parameter's name, the label of a function. Empty where there is one only.
        old: Its former value as plain JSON data, None if there was none.
        new: Its value now, None if there is none.
        text: The difference in words.
    """

    part: str
    name: str
    old: Any
    new: Any
    text: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def explain(now: Mapping[str, Any], former: Sequence[Mapping[str, Any]], what: str = "step") -> str:
    """Why no former result could be used, in words.

    Args:
        now: The parts of the key that was missed, from `describe_parts`.
        former: Those of earlier results of the same step, oldest first.
        what: What the key is of: a step, or an instance of a mapped one.

    Returns:
        The parts that differ from the nearest of them, as one line.
    """
    return in_words(changes(now, former), former, what)


def in_words(
    changed: Iterable[Change],
    former: Sequence[Mapping[str, Any]],
    what: str,
    unknown_formats: Sequence[str] = (),
) -> str:
    """The same as `explain`, where the changes are known.

    A result that is stored in unknown formats is missed whatever its key.
    """
    if unknown_formats:
        return f"this version of zcompile cannot read its result ({', '.join(unknown_formats)})"
    if not former:
        return f"first run of this {what}"
    return "; ".join(change.text for change in changed) or "its stored result is gone"


def changes(now: Mapping[str, Any], former: Sequence[Mapping[str, Any]]) -> list[Change]:
    """The parts of a key that differ from the nearest former one.

    Args:
        now: The parts of the key that was missed, from `describe_parts`.
        former: Those of earlier results of the same step, oldest first.
    """
    candidates = (_differences(now, candidate) for candidate in reversed(former))
    return min(candidates, key=len, default=[])


def _differences(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[Change]:
    found: list[Change] = []
    if now["code"] != then["code"]:
        found += code_changes(then["code_parts"], now["code_parts"]) or [
            Change("code", "", then["code"], now["code"], "code changed")
        ]
    for name, old, new in _changed(then["packages"], now["packages"]):
        text = f"package {name} {old or ABSENT} -> {new or 'no longer used'}"
        found.append(Change("package", name, old, new, text))
    for name, old, new in _changed(then["parameters"], now["parameters"]):
        text = f"parameter {name} {_shown(old)} -> {_shown(new)}"
        found.append(Change("parameter", name, old, new, text))
    for name, old, new in _changed(then["inputs"], now["inputs"]):
        origin = now["origins"].get(name)
        made = f" (made by {origin['step']} in run {origin['run']})" if origin else ""
        found.append(Change("input", name, old, new, f"input {name} changed{made}"))
    for name, old, new in _changed(then["outputs"], now["outputs"]):
        found.append(Change("output", name, old, new, f"output {name} {old} -> {new}"))
    old, new = then["cache_version"], now["cache_version"]
    if old != new:
        found.append(Change("cache_version", "", old, new, f"cache_version {old!r} -> {new!r}"))
    return found


def code_changes(then: Mapping[str, str], now: Mapping[str, str]) -> list[Change]:
    """What differs between two fingerprints' parts, which are digests by readable labels."""
    found = []
    for label, old, new in _changed(then, now):
        verb = "changed" if old and new else "is new" if new else "is no longer used"
        found.append(Change("code", label, old, new, f"code: {label} {verb}"))
    return found


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Names with another value, or with an equal one of another type (1, 1.0 and True)."""
    names = sorted({*then, *now})
    pairs = [(name, then.get(name), now.get(name)) for name in names]
    return [(name, old, new) for name, old, new in pairs if repr(old) != repr(new)]


def _shown(value: Any) -> str:
    text = "unset" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
