"""The key of a step: what it is made of here and now, and why it differs from a former one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from zruntime.contrast import contrast, differ
from zruntime.distributions import installed_version
from zruntime.hashing import RECIPE, KeyParts
from zruntime.outside import NOTHING, Observed, file_change
from zruntime.outside.leaves import with_leaves
from zruntime.spec import StepSpec
from zruntime.store import ArtifactRef

_DEFAULT = re.compile(r"default (`.+`) of (`.+)")
"""The label of a parameter's default."""

_SHOWN = 8
"""How many changes a reason tells one by one."""


def key_parts(
    step: StepSpec, inputs: Mapping[str, ArtifactRef], observed: Observed = NOTHING
) -> KeyParts:
    """What decides whether a step has to run again, on this machine.

    Args:
        step: The step, with the parameters of this run.
        inputs: The artifact of each input.
        observed: What else it depends on.
    """
    return KeyParts(
        code=step.code,
        packages={name: installed_version(name) for name in ("python", *step.packages)},
        parameters=_without_paths(step, observed) if observed.paths else step.parameters,
        inputs={name: ref.content for name, ref in inputs.items()},
        outputs=step.outputs,
        cache_version=step.cache_version,
        files=observed.files,
        answer=observed.answer,
    )


def _without_paths(step: StepSpec, observed: Observed) -> dict[str, Any]:
    """Parameters without the paths of files, whose content counts instead."""
    return with_leaves(
        step.parameters,
        step.file_parameters,
        lambda leaf: None if f"parameter {leaf.name}" in observed.files else leaf.path,
    )


def describe_parts(
    step: StepSpec,
    parts: KeyParts,
    inputs: Mapping[str, Mapping[str, str]],
    observed: Observed = NOTHING,
) -> dict[str, Any]:
    """Key parts as plain JSON data, to be compared with later ones by `explain`.

    Args:
        step: The step that the key is of.
        parts: Its key parts.
        inputs: For each input, who made it: ``{"step": ..., "run": ...}``.
        observed: What the key was made of beside that.
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
        "recipe": RECIPE,
        "files": dict(observed.files),
        "paths": dict(observed.paths),
        "answer": list(observed.answer),
    }


class Change(Struct, frozen=True):
    """One part of a key that differs from a former one.

    Attributes:
        part: "code", "package", "parameter", "input", "output", "file", "cache_func",
            "cache_version" or "recipe".
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
        return {name: getattr(self, name) for name in self.__struct_fields__}


KINDS: Mapping[str, str] = {
    "answer": "what its `cache_func` returned changed",
    "cleared": "a person cleared the task",
    "code": "its code changed",
    "file": "a declared file changed",
    "first": "nothing is known of an earlier result",
    "gone": "its key is known, and its result is not stored any more",
    "input": "an input changed",
    "off": "the cache is switched off for the run, the pipeline or the step",
    "other": "none of these",
    "output": "the type of an output changed",
    "package": "the version of a package changed",
    "parameter": "a parameter changed",
    "recipe": "another version of zcompile makes other keys",
    "several": "more than one part of its key changed",
    "unusable": "a stored result is too old or not readable here, or a declared file is not",
    "version": "its `cache_version` changed",
}
"""The kinds of reasons for which steps run, by which they are counted."""

_KINDS_OF_PARTS = {"cache_func": "answer", "cache_version": "version"}
"""The kinds of changes that are not called as the part of the key is."""


class Reason(Struct, frozen=True):
    """Why a step runs.

    Attributes:
        text: In words, as one line.
        changes: What differs from the nearest earlier result, where its key was missed.
        diffs: Unified diffs of the code that changed, where its former text is still kept.
        kind: One of `KINDS`; empty where the step does not run, or not for a reason of its own.
    """

    text: str = ""
    changes: tuple[Change, ...] = ()
    diffs: tuple[str, ...] = ()
    kind: str = ""

    @property
    def told(self) -> str:
        """The words and the diffs, as a log shows them."""
        return "\n".join([f"{self.text}.", *self.diffs])


NO_REASON = Reason()
"""That of a step that does not run, or of one whose reason is not known yet."""


def explain(
    now: Mapping[str, Any],
    former: Sequence[Mapping[str, Any]],
    what: str = "step",
    unusable: str = "",
) -> Reason:
    """Why no former result could be used.

    Args:
        now: The parts of the key that was missed, from `describe_parts`.
        former: Those of earlier results of the same step, oldest first.
        what: What the key is of: a step, or an instance of a mapped one.
        unusable: Why a result that is stored under the key is not used, in words.

    Returns:
        The parts that differ from the nearest of them; no diffs.
    """
    if unusable:
        return Reason(unusable, kind="unusable")
    if not former:
        return Reason(f"first run of this {what}", kind="first")
    found = tuple(changes(now, former))
    if not found:
        return Reason("its stored result is gone", kind="gone")
    kinds = {_KINDS_OF_PARTS.get(change.part, change.part) for change in found}
    return Reason(in_words(found), found, kind=kinds.pop() if len(kinds) == 1 else "several")


def in_words(found: Sequence[Change]) -> str:
    """Changes as one line, the first of many."""
    told = [change.text for change in found[:_SHOWN]]
    if len(found) > _SHOWN:
        told.append(f"and {len(found) - _SHOWN} more")
    return "; ".join(told)


def changes(now: Mapping[str, Any], former: Sequence[Mapping[str, Any]]) -> list[Change]:
    """The parts of a key that differ from the nearest former one.

    Args:
        now: The parts of the key that was missed, from `describe_parts`.
        former: Those of earlier results of the same step, oldest first.
    """
    candidates = (_differences(now, candidate) for candidate in reversed(former))
    return min(candidates, key=len, default=[])


def _differences(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[Change]:
    # The former parts may be those of another version of zcompile, which had more or fewer.
    then = {name: then.get(name, type(value)()) for name, value in now.items()}
    found: list[Change] = []
    if now["code"] != then["code"]:
        found += code_changes(then["code_parts"], now["code_parts"]) or [
            Change("code", "", then["code"], now["code"], "code changed")
        ]
    for name, old, new in changed_items(then["packages"], now["packages"]):
        text = f"package {name} {old or 'not used'} -> {new or 'no longer used'}"
        found.append(Change("package", name, old, new, text))
    for name, old, new in changed_items(then["parameters"], now["parameters"]):
        text = f"parameter {contrast(name, old, new)}"
        found.append(Change("parameter", name, old, new, text))
    for name, old, new in changed_items(then["inputs"], now["inputs"]):
        origin = now["origins"].get(name)
        made = f" (made by {origin['step']} in run {origin['run']})" if origin else ""
        found.append(Change("input", name, old, new, f"input {name} changed{made}"))
    for name, old, new in changed_items(then["outputs"], now["outputs"]):
        output = "the output" if name == "output" else f"output {name}"
        text = f"type of {output} {old or 'none'} -> {new or 'none'}"
        found.append(Change("output", name, old, new, text))
    old, new = then["cache_version"], now["cache_version"]
    if old != new:
        text = contrast("cache_version", old or None, new or None)
        found.append(Change("cache_version", "", old, new, text))
    old, new = then["recipe"], now["recipe"]
    if old != new:
        text = "this version of zcompile makes other keys"
        found.append(Change("recipe", "", old, new, text))
    return [*found, *_outside_changes(now, then)]


def _outside_changes(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[Change]:
    found = [
        Change("file", label, old, new, file_change(label, old, new, then["paths"], now["paths"]))
        for label, old, new in changed_items(then["files"], now["files"])
    ]
    if differ(then["answer"], now["answer"]):
        old, new = (next(iter(parts["answer"]), None) for parts in (then, now))
        text = f"cache_func returned {contrast('', old, new).strip()}"
        found.append(Change("cache_func", "", old, new, text))
    return found


def code_changes(then: Mapping[str, str], now: Mapping[str, str]) -> list[Change]:
    """What differs between two fingerprints' parts, which are digests by readable labels."""
    pairs = {label: (old, new) for label, old, new in changed_items(then, now)}
    # The text of a function holds its defaults, so it has changed where one of them has.
    defaults = {
        label: (match[1], f"function {match[2]}")
        for label in pairs
        if (match := _DEFAULT.fullmatch(label)) and f"function {match[2]}" in pairs
    }
    found = []
    for label, (old, new) in pairs.items():
        if label in defaults:
            continue
        own = ", ".join(name for name, function in defaults.values() if function == label)
        changed = f"changed (default of {own})" if own else "changed"
        verb = changed if old and new else "is new" if new else "is no longer used"
        found.append(Change("code", label, old, new, f"code: {label} {verb}"))
    return found


def changed_items(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """The names whose values differ, with both values; None stands for none."""
    names = sorted({*then, *now})
    pairs = [(name, then.get(name), now.get(name)) for name in names]
    return [(name, old, new) for name, old, new in pairs if differ(old, new)]
