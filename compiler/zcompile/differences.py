"""What differs between two DAG files in meaning: steps, parameters, edges, arguments and code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from zcompile.dagfile import DagFile, Task
from zruntime.keys import code_changes
from zruntime.planning import PLAN_TASK

_SECTIONS = {"parameters": "parameter", "inputs": "input", "outputs": "output"}
"""Arguments of a task whose items are told one by one."""


class Difference(Struct, frozen=True):
    """One thing that differs.

    Attributes:
        kind: "dag", "step", "parameter", "input", "output", "argument", "code", "edge" or "form".
        step: The step that it is about; for an edge, the one that it leads to. May be empty.
        name: Which parameter, argument, function or other end it is.
        old: Its value in the first file as plain data, None if it is not there.
        new: Its value in the second file, None if it is not there.
        text: The difference in words.
    """

    kind: str
    step: str
    name: str
    old: Any
    new: Any
    text: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)


def differences(old: DagFile, new: DagFile) -> list[Difference]:
    """What differs in meaning between two DAG files of one DAG, from the first to the second."""
    found = [*_items("dag", "", old.dag, new.dag)]
    for name in dict.fromkeys((*old.tasks, *new.tasks)):
        found += _step(name, old, new)
    found += _edges(old, new)
    told = {f"{item.step}.{item.name}" for item in found if item.kind == "parameter"}
    gone = {item.step for item in found if item.kind == "step"}
    for item in _items("form", "", old.form, new.form):
        # The form's fields follow from the steps' parameters.
        if item.name not in told and item.name.partition(".")[0] not in gone:
            found.append(item)
    return found


def _step(name: str, old: DagFile, new: DagFile) -> Iterator[Difference]:
    before, after = old.tasks.get(name), new.tasks.get(name)
    if before is None or after is None:
        verb = "is gone" if before else "is new"
        functions = _function(before), _function(after)
        yield Difference("step", name, name, *functions, f"the step {verb}")
        return
    yield from _task(name, before, after)
    yield from _code(name, old, new)


def _function(task: Task | None) -> str | None:
    return str(task.arguments.get("entrypoint", task.operator)) if task else None


def _task(name: str, before: Task, after: Task) -> Iterator[Difference]:
    if before.operator != after.operator:
        operators = before.operator, after.operator
        text = f"operator {operators[0]} -> {operators[1]}"
        yield Difference("argument", name, "operator", *operators, text)
    old, new = dict(before.arguments), dict(after.arguments)
    for argument, kind in _SECTIONS.items():
        one, other = old.get(argument, {}), new.get(argument, {})
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _items(kind, name, one, other)
            old.pop(argument, None)
            new.pop(argument, None)
    yield from _items("argument", name, old, new)


def _code(name: str, old: DagFile, new: DagFile) -> Iterator[Difference]:
    if name == PLAN_TASK or name not in new.code:
        return
    if name not in old.code:
        yield Difference("code", name, "", None, new.code[name][0], "code: the bundle is missing")
        return
    (before, old_parts), (after, new_parts) = old.code[name], new.code[name]
    if before == after:
        return
    changes = code_changes(old_parts, new_parts)
    for change in changes:
        yield Difference("code", name, change.name, change.old, change.new, change.text)
    if not changes:
        yield Difference("code", name, "", before, after, "code changed")


def _edges(old: DagFile, new: DagFile) -> Iterator[Difference]:
    for edge in dict.fromkeys((*old.edges, *new.edges)):
        producer, consumer = edge
        before, after = old.edges.get(edge), new.edges.get(edge)
        # The plan task leads to the steps that no other one leads to.
        if before == after or producer == PLAN_TASK:
            continue
        if before is None or after is None:
            label = before or after
            verb = "is gone" if after is None else "is new"
            text = f"edge from {producer} {verb}" + (f": {label}" if label else "")
        else:
            text = f"edge from {producer}: {before} -> {after}"
        yield Difference("edge", consumer, producer, before, after, text)


def _items(
    kind: str, step: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if name in old and name in new and repr(before) == repr(after):
            continue
        one = _shown(before) if name in old else "unset"
        other = _shown(after) if name in new else "unset"
        yield Difference(
            kind,
            step,
            name,
            before,
            after,
            f"{name} {one} -> {other}" if kind == "dag" else f"{kind} {name} {one} -> {other}",
        )


def _shown(value: Any) -> str:
    text = value if type(value) is not str and isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
