"""Reading a DAG file that zcompile wrote: from its syntax tree, never by executing it."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from zruntime.bundle import MANIFEST


class Source(str):
    """An expression that is no plain literal, as source code."""

    __slots__ = ()


class Task(Struct, frozen=True):
    """A task of a DAG file: the operator that makes it, and its arguments by name."""

    operator: str
    arguments: Mapping[str, Any]


class DagFile(Struct, frozen=True):
    """What a DAG file says, as plain values; what is no literal is a `Source`.

    Attributes:
        dag: Arguments of the DAG.
        form: The params of the trigger form.
        tasks: Its tasks by task_id, in the order of the file.
        edges: The label of each edge, by the task_ids of its ends.
        code: For each step, the digest of its code and the digests of the parts of that by readable
            labels; empty where the code bundle cannot be read.
    """

    dag: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    edges: Mapping[tuple[str, str], str] = field(default_factory=dict)
    code: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)


def read_dag_file(text: bytes, read: Callable[[str], bytes | None]) -> DagFile | None:
    """What a DAG file says.

    Args:
        text: Its content.
        read: Gives the content of a file by its path below the output folder, None if there is
            none.

    Returns:
        None if it is no Python, or has no DAG.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    block = next((node for node in tree.body if isinstance(node, ast.With)), None)
    if block is None or not isinstance(block.items[0].context_expr, ast.Call):
        return None
    form = _assigned(tree, "form")
    tasks: dict[str, Task] = {}
    names: dict[str, str] = {}
    edges: dict[tuple[str, str], str] = {}
    bundle = ""
    for statement in block.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            task = _task(statement.value)
            task_id = str(task.arguments.get("task_id", statement.targets[0].id))
            names[statement.targets[0].id] = task_id
            bundle = bundle or str(task.arguments.get("bundle", ""))
            kept = {k: v for k, v in task.arguments.items() if k not in ("task_id", "bundle")}
            tasks[task_id] = Task(task.operator, kept)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.BinOp):
            edges.update(_edges(statement.value, names))
    return DagFile(
        _arguments(block.items[0].context_expr),
        form if isinstance(form, dict) else {},
        tasks,
        edges,
        _code(read(f"{bundle}/{MANIFEST}") if bundle else None),
    )


def _assigned(tree: ast.Module, name: str) -> Any:
    """The value of a variable at the top level, None if there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return _value(node.value)
    return None


def _value(node: ast.expr) -> Any:
    """A literal, or the source of what is none; dicts, lists and tuples may hold both."""
    if isinstance(node, ast.Dict) and None not in node.keys:
        items = zip(node.keys, node.values, strict=True)
        return {str(_value(key)): _value(value) for key, value in items if key is not None}
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(item) for item in node.elts]
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):
        return Source(ast.unparse(node))


def _arguments(call: ast.Call) -> dict[str, Any]:
    positional = {str(index): _value(item) for index, item in enumerate(call.args)}
    return positional | {item.arg: _value(item.value) for item in call.keywords if item.arg}


def _task(node: ast.expr) -> Task:
    """The task that an expression makes; `Operator.partial(...).expand(...)` is one call."""
    operator: list[str] = []
    arguments: dict[str, Any] = {}
    while isinstance(node, ast.Call):
        arguments = _arguments(node) | arguments
        node = node.func
        if isinstance(node, ast.Attribute):
            operator.insert(0, node.attr)
            node = node.value
    return Task(".".join([ast.unparse(node), *operator]), arguments)


def _edges(node: ast.BinOp, names: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
    """The edges of `a >> Label("x") >> [b, c]`."""
    left: list[str] = []
    label = ""
    for part in _operands(node):
        if isinstance(part, ast.Call):
            label = str(_arguments(part).get("0", ""))
            continue
        right = [names.get(name, name) for name in _names(part)]
        yield from (((one, other), label) for one in left for other in right)
        left, label = right, ""


def _operands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift):
        return [*_operands(node.left), node.right]
    return [node]


def _names(node: ast.expr) -> list[str]:
    items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
    return [ast.unparse(item) for item in items]


def _code(manifest: bytes | None) -> dict[str, tuple[str, Mapping[str, str]]]:
    try:
        found = json.loads(manifest or b"")
        return {
            step: (digest, found["code"][digest]["parts"])
            for step, digest in found["steps"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
