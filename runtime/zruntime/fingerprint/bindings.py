"""The names that a block of code binds."""

# ruff: noqa: N802, N815 - a visitor's methods are named after the nodes

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from zruntime.fingerprint.syntax import Function, Visitor

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Import(Struct, frozen=True):
    """An import inside of a function.

    Attributes:
        module: The module that is imported, as written; empty for `from . import x`.
        name: What is taken from it; None if the module itself is bound.
        level: Number of leading dots.
        root: The module that gets bound: `a` for `import a.b`.
    """

    module: str
    name: str | None = None
    level: int = 0
    root: str = ""


class Bindings(Struct):
    """The names that a block binds."""

    names: set[str] = field(default_factory=set)
    imports: dict[str, list[Import]] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)


def bindings(nodes: Iterable[ast.AST]) -> Bindings:
    """The names bound by statements, without those of nested scopes."""
    binder = _Binder()
    for node in nodes:
        binder.visit(node)
    binder.bound.names -= binder.bound.outer
    return binder.bound


def imported(nodes: Iterable[ast.AST]) -> Iterator[Import]:
    """What those of the nodes import that are import statements."""
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for sources in bindings([node]).imports.values():
                yield from sources


class _Binder(Visitor):
    def __init__(self) -> None:
        self.bound = Bindings()

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.bound.names.add(node.id)

    def _definition(self, node: Function | ast.ClassDef) -> None:
        self.bound.names.add(node.name)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _definition

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Binds nothing outside of itself."""

    def _comprehension(self, node: Comprehension) -> None:
        walruses = (child for child in ast.walk(node) if isinstance(child, ast.NamedExpr))
        self.bound.names.update(walrus.target.id for walrus in walruses)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name if alias.asname else alias.name.partition(".")[0]
            self._imported(alias.asname or root, Import(alias.name, root=root))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            source = Import(node.module or "", alias.name, node.level)
            self._imported(alias.asname or alias.name, source)

    def _imported(self, name: str, source: Import) -> None:
        self.bound.names.add(name)
        self.bound.imports.setdefault(name, []).append(source)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._named(node.name)
        self.generic_visit(node)

    def _match(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self._named(node.name)
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = _match

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._named(node.rest)
        self.generic_visit(node)

    def _named(self, name: str | None) -> None:
        if name is not None:
            self.bound.names.add(name)

    def _outer(self, node: ast.Global | ast.Nonlocal) -> None:
        self.bound.outer.update(node.names)

    visit_Global = visit_Nonlocal = _outer
