"""Parsed source files, and how a live function or class is found in one."""

from __future__ import annotations

import ast
import linecache
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Any, Final

from zruntime.fingerprint.bindings import Import, bindings, imported
from zruntime.fingerprint.references import dotted, references
from zruntime.fingerprint.syntax import (
    FUNCTIONS,
    LAMBDA,
    Function,
    canonical,
    first_line,
    is_main_guard,
    without_scopes,
)

Codes = dict[tuple[str, int], list[CodeType]]
"""Code by its name and first line."""
ELSEWHERE: Final = 1_000_000

_SIMPLE: Final = frozenset({ast.Assign, ast.Expr, ast.Import, ast.Return})
"""The most common statements that hold no others."""

_cache: dict[str, tuple[list[str], Source | None]] = {}


def load_source(file: str, names: dict[str, Any] | None = None) -> Source | None:
    """The parsed source of a file as it is now; cells of notebooks are known by their file too.

    Args:
        file: A `co_filename` or `__file__`.
        names: The module's namespace, whose loader may know the source.

    Returns:
        None if there is no source, or none that Python can parse.
    """
    linecache.checkcache(file)
    lines = linecache.getlines(file, names)
    known = _cache.get(file)
    # linecache keeps one list per version of a file, so its identity tells whether it changed.
    if known is None or known[0] is not lines:
        known = _cache[file] = (lines, _parse(file, "".join(lines)))
    return known[1]


def _parse(file: str, text: str) -> Source | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Source(file, ast.parse(text), text) if text else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@dataclass(eq=False)
class Source:
    """One version of a source file.

    Attributes:
        file: Its path.
        tree: Its AST.
        text: All of it.
        functions: Definitions by name and first line.
        classes: Definitions by qualified name; several where they are conditional.
        imports: The module-level `from ... import` statements that bind a name, or `*`.
    """

    file: str
    tree: ast.Module
    text: str = ""
    functions: dict[tuple[str, int], Function] = field(default_factory=dict)
    classes: dict[str, list[ast.ClassDef]] = field(default_factory=lambda: defaultdict(list))
    imports: dict[str, list[Import]] = field(default_factory=lambda: defaultdict(list))
    _told_apart: dict[int, list[tuple[ast.Lambda, Codes]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._index(self.tree.body, "")

    def links(self, name: str) -> list[Import]:
        """The statements that may import a module-level name from another module."""
        return self.imports.get(name) or self.imports.get("*", [])

    def function(self, code: CodeType) -> Function | ast.Lambda | None:
        """The definition that `code` was compiled from, unless the file has changed since."""
        key = (code.co_name, code.co_firstlineno)
        if code not in self._codes.get(key, ()):
            return None
        if code.co_name != LAMBDA:
            return self.functions.get(key)
        found = [node for node, codes in self._lambdas_of(code.co_firstlineno) if code in codes]
        return found[0] if len(set(map(canonical, found))) == 1 else None

    def method(self, code: CodeType, classes: list[ast.ClassDef]) -> bool:
        """Whether the text of one of these classes contains the function of `code`."""
        line = code.co_firstlineno
        is_here = code.co_filename == self.file and self.function(code) is not None
        return is_here and any(
            found.lineno <= line <= (found.end_lineno or line) for found in classes
        )

    @cached_property
    def binding_statements(self) -> Mapping[str, list[ast.stmt]]:
        """The top-level statements that bind or change a module-level name."""
        found: dict[str, list[ast.stmt]] = defaultdict(list)
        for statement in self.statements:
            for name in _changed_names(statement):
                found[name].append(statement)
        return found

    @cached_property
    def handling_statements(self) -> Mapping[str, list[ast.stmt]]:
        """The same, with those that hand the object of a name to a call."""
        found: dict[str, list[ast.stmt]] = defaultdict(list)
        for statement in self.statements:
            for name in _changed_names(statement) | _handed_names(statement):
                found[name].append(statement)
        return found

    @property
    def statements(self) -> list[ast.stmt]:
        """The statements that an import executes."""
        return [statement for statement in self.tree.body if not is_main_guard(statement)]

    @cached_property
    def executed(self) -> list[tuple[ast.stmt, list[ast.AST]]]:
        """The same, with the nodes of each that run with it."""
        return [(statement, [*without_scopes(statement)]) for statement in self.statements]

    @cached_property
    def executed_imports(self) -> list[Import]:
        """What its import imports, scripts' own statements included."""
        return [*imported(without_scopes(self.tree))]

    @cached_property
    def _lambdas(self) -> Mapping[int, list[ast.Lambda]]:
        found: dict[int, list[ast.Lambda]] = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Lambda):
                found[node.lineno].append(node)
        return found

    def _lambdas_of(self, line: int) -> list[tuple[ast.Lambda, list[CodeType]]]:
        """The lambdas that begin on a line, with the code of each.

        Code tells the line alone, so those that share one are compiled with the others elsewhere.
        """
        if line not in self._told_apart:
            nodes = self._lambdas.get(line, [])
            others = [[other for other in nodes if other is not node] for node in nodes]
            self._told_apart[line] = [
                (node, self._compiled(elsewhere) if elsewhere else self._codes)
                for node, elsewhere in zip(nodes, others, strict=True)
            ]
        return [(node, codes.get((LAMBDA, line), [])) for node, codes in self._told_apart[line]]

    @cached_property
    def _codes(self) -> Codes:
        return self._compiled([])

    def _compiled(self, elsewhere: list[ast.Lambda]) -> Codes:
        """All code of the file, with some lambdas beginning on lines that there are not."""
        found: Codes = defaultdict(list)
        try:
            with warnings.catch_warnings(), _moved(elsewhere):
                warnings.simplefilter("ignore")
                module = compile(self.tree, self.file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return found
        for code in _nested_codes(module):
            found[code.co_name, code.co_firstlineno].append(code)
        return found

    def _index(self, body: list[ast.stmt], prefix: str) -> None:
        for statement in body:
            if isinstance(statement, FUNCTIONS):
                self.functions[statement.name, first_line(statement)] = statement
                self._index(statement.body, f"{prefix}{statement.name}.<locals>.")
            elif isinstance(statement, ast.ClassDef):
                self.classes[prefix + statement.name].append(statement)
                self._index(statement.body, f"{prefix}{statement.name}.")
            elif isinstance(statement, ast.ImportFrom) and not prefix:
                for alias in statement.names:
                    source = Import(statement.module or "", alias.name, statement.level)
                    self.imports[alias.asname or alias.name].append(source)
            elif type(statement) not in _SIMPLE:
                for block in _blocks(statement):
                    self._index(block, prefix)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


@contextmanager
def _moved(nodes: list[ast.Lambda]) -> Iterator[None]:
    for node in nodes:
        node.lineno += ELSEWHERE
        node.end_lineno = (node.end_lineno or 0) + ELSEWHERE
    try:
        yield
    finally:
        for node in nodes:
            node.lineno -= ELSEWHERE
            node.end_lineno = (node.end_lineno or 0) - ELSEWHERE


def _nested_codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested_codes(constant)


def _changed_names(statement: ast.stmt) -> set[str]:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return set()
    names = set(bindings([statement]).names)
    names.update(reference.chain[0] for reference in references([statement]) if reference.written)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        names.update((dotted(statement.value.func) or ())[:1])
    return names


def _handed_names(statement: ast.stmt) -> set[str]:
    """The names whose objects a statement hands to a call, which may change them."""
    names: set[str] = set()
    if not isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            owners = [call.func] if isinstance(call.func, ast.Attribute) else []
            for node in (*owners, *call.args, *(keyword.value for keyword in call.keywords)):
                names.update((dotted(node) or ())[:1])
    return names
