"""A canonical text of an AST: what the code does, and nothing of how it is written down."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

LAYOUT: Final = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
BLOCKS: Final = frozenset({"body", "orelse", "finalbody"})

Function = ast.FunctionDef | ast.AsyncFunctionDef
LAMBDA: Final = "<lambda>"
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES: Final = (*FUNCTIONS, ast.ClassDef, ast.Lambda)


def canonical(node: ast.AST, *, decorators: bool = True) -> str:
    """The text of a node without positions, comments, formatting and docstrings.

    Bare strings are dropped wherever they stand as statements, since they do nothing. Methods of
    a class and functions of a module may be written in any order.

    Args:
        node: Any node of a parsed file.
        decorators: Whether the node's own decorators count.
    """
    out: list[str] = []
    # A stack of its own, because generated expressions nest deeper than Python's.
    stack = _parts(node, decorators)
    while stack:
        item = stack.pop()
        if type(item) is str:
            out.append(item)
        else:
            stack += _parts(item)  # type: ignore[arg-type]
    return "".join(out)


class Visitor:
    """What `ast.NodeVisitor` does, in less time: a class's method is looked up once."""

    def visit(self, node: ast.AST) -> None:
        """Calls the method for a node's class, `generic_visit` where there is none."""
        visitor: type = type(self)
        kind: type = type(node)
        method = _method(visitor, kind)
        if method is not None:
            method(self, node)

    def generic_visit(self, node: ast.AST) -> None:
        """Visits what a node holds."""
        for name in node._fields:
            value = getattr(node, name, None)
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, ast.AST):
                    self.visit(item)


@cache
def _method(visitor: type[Any], kind: type[Any]) -> Callable[[Any, Any], None] | None:
    """What visits nodes of a class; None for one whose nodes hold nothing."""
    own = getattr(visitor, f"visit_{kind.__name__}", None)
    return own or (visitor.generic_visit if kind._fields else None)


def first_line(node: Function | ast.ClassDef) -> int:
    """The line on which a definition starts, as `co_firstlineno` counts it."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def without_scopes(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it that run with it, without the bodies of functions and classes."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if not isinstance(found, SCOPES):
            yield found
            waiting += ast.iter_child_nodes(found)


def is_main_guard(statement: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__"`, which no import executes."""
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Compare)
        and isinstance(statement.test.left, ast.Name)
        and statement.test.left.id == "__name__"
    )


def _parts(node: ast.AST, decorators: bool = True) -> list[str | ast.AST]:
    """What the text of a node consists of, last part first: texts, and nodes yet to be written."""
    kind: type = type(node)
    head, names = _written(kind)
    parts: list[str | ast.AST] = ["),"]
    for name, start, list_start in names:
        value = getattr(node, name, None)
        # Skipping what is empty keeps the text alike across versions of Python.
        if value is None:
            continue
        if type(value) is not list:
            parts += (_part(value), start)
        elif value and (decorators or name != "decorator_list"):
            if kind is ast.JoinedStr:
                value = [part for part in value if not _is_empty_text(part)]
            elif name in BLOCKS:
                value = _statements(value, kind is ast.ClassDef or kind is ast.Module)
            parts.append("],")
            parts += map(_part, reversed(value))
            parts.append(list_start)
    parts.append(head)
    return parts


@cache
def _written(kind: type[Any]) -> tuple[str, list[tuple[str, str, str]]]:
    """How the text of nodes of a class starts; its fields, last one first, and how each starts."""
    names = [name for name in reversed(kind._fields) if name not in LAYOUT]
    return f"{kind.__name__}(", [(name, f"{name}=", f"{name}=[") for name in names]


def _part(value: Any) -> str | ast.AST:
    kind = type(value)
    if kind is ast.Name:  # every other node is one
        return f"Name(id={value.id!a},),"
    if isinstance(value, ast.AST):
        return value
    # Decimal text of huge numbers is refused by Python; what is printable depends on its version.
    return f"{hex(value) if kind is int else ascii(value)},"


def _statements(body: list[ast.stmt], reorder: bool) -> list[ast.stmt]:
    kept = [statement for statement in body if not _is_bare_string(statement)]
    if not reorder:
        return kept
    movable = [statement for statement in kept if _is_movable(statement)]
    fixed = [statement for statement in kept if not _is_movable(statement)]
    return fixed + sorted(movable, key=lambda function: function.name)  # type: ignore[attr-defined]


def _is_bare_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_empty_text(node: ast.AST) -> bool:
    """Whether a part of an f-string is empty: Python 3.12 has such parts."""
    return isinstance(node, ast.Constant) and node.value == ""


def _is_movable(statement: ast.stmt) -> bool:
    """Whether a definition evaluates nothing, so that its place among others does not matter."""
    if not isinstance(statement, FUNCTIONS) or statement.decorator_list:
        return False
    defaults = [*statement.args.defaults, *statement.args.kw_defaults]
    return all(default is None or isinstance(default, ast.Constant) for default in defaults)
