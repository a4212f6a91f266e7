"""Static analysis of functions, classes and statements, remembered for the life of the process."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import CodeType, FunctionType
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from zruntime.fingerprint.bindings import Import, imported
from zruntime.fingerprint.codeobjects import code_form, code_references
from zruntime.fingerprint.references import Reference, dotted, function_references, references
from zruntime.fingerprint.source import Source, load_source
from zruntime.fingerprint.syntax import Function, canonical
from zruntime.hashing import digest_value


class Decorator(Struct, frozen=True):
    """A decorator as it is written: the name it starts with, and what it refers to."""

    chain: tuple[str, ...]
    node: ast.expr
    references: tuple[Reference, ...]

    @property
    def digest(self) -> str:
        """Digest of its canonical text, which most functions do without."""
        return digest_value(canonical(self.node))


class Syntax(Struct, frozen=True):
    """What a piece of code does, as far as its text tells.

    Attributes:
        digest: Digest of the canonical text, without the decorators below.
        references: Its free names.
        line: Its first line.
        decorators: Decorators of a function, which the caller keeps or drops.
        methods: Code of the functions that the text of a class contains, by identity.
        imports: Imports inside of a function.
    """

    digest: str
    references: tuple[Reference, ...]
    line: int
    decorators: tuple[Decorator, ...] = ()
    methods: Mapping[int, CodeType] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()


# Keyed by identity: equality of code objects ignores their file. The objects are kept alive, so
# that no id is used twice.
_functions: dict[int, tuple[CodeType, Syntax]] = {}
_classes: dict[int, tuple[type, Syntax | None]] = {}
_statements: dict[tuple[int, str], tuple[Source, Syntax | None]] = {}


def function_syntax(code: CodeType, names: dict[str, Any]) -> Syntax:
    """The analysis of a function's source, or of its code object where there is no source.

    Args:
        code: The function's code.
        names: The function's globals.
    """
    known = _functions.get(id(code))
    if known is None:
        known = _functions[id(code)] = (code, _analyse_function(code, names))
    return known[1]


def class_syntax(cls: type, file: str) -> Syntax | None:
    """The analysis of the class statements that may have made `cls`; None if there are none."""
    known = _classes.get(id(cls))
    if known is None:
        source = load_source(file)
        found = source.classes.get(cls.__qualname__, []) if source else []
        known = _classes[id(cls)] = (cls, _analyse_class(cls, source, found))
    return known[1]


def binding_syntax(source: Source, name: str, *, handling: bool = False) -> Syntax | None:
    """The analysis of the statements that give a module-level name its value.

    Args:
        source: The module.
        name: The name.
        handling: Whether statements count, too, that hand its object to a call.
    """
    key = (id(source), f"{name}()" if handling else name)
    known = _statements.get(key)
    if known is None:
        found = source.handling_statements if handling else source.binding_statements
        statements = found.get(name, [])
        known = _statements[key] = (source, statements_syntax(statements))
    return known[1]


def module_syntax(source: Source) -> Syntax | None:
    """The analysis of everything that an import of the module executes."""
    key = (id(source), "")
    known = _statements.get(key)
    if known is None:
        statements = [ast.Module(source.statements, [])] if source.statements else []
        known = _statements[key] = (source, statements_syntax(statements))
    return known[1]


def methods(cls: type) -> Iterator[FunctionType]:
    """The functions in a class's own namespace, out of properties and the like."""
    for item in vars(cls).values():
        parts: tuple[object, ...] = (item,)
        if isinstance(item, (staticmethod, classmethod)):
            parts = (item.__func__,)
        elif isinstance(item, property):
            parts = (item.fget, item.fset, item.fdel)
        elif isinstance(item, cached_property):
            parts = (item.func,)
        yield from (part for part in parts if isinstance(part, FunctionType))


def _analyse_function(code: CodeType, names: dict[str, Any]) -> Syntax:
    source = load_source(code.co_filename, names)
    function = source.function(code) if source else None
    if isinstance(function, ast.Lambda):
        digest = digest_value(canonical(function))
        return Syntax(digest, references([function]), code.co_firstlineno)
    if function is not None:
        return _analyse_definition(function, code.co_firstlineno)
    return Syntax(digest_value(code_form(code)), code_references(code), code.co_firstlineno)


def _analyse_definition(function: Function, line: int) -> Syntax:
    text = canonical(function, decorators=False)
    decorators = tuple(map(_analyse_decorator, function.decorator_list))
    imports = tuple(imported(ast.walk(function))) if "Import" in text else ()
    return Syntax(
        digest_value(text), function_references(function), line, decorators, imports=imports
    )


def _analyse_decorator(node: ast.expr) -> Decorator:
    name = node.func if isinstance(node, ast.Call) else node
    return Decorator(dotted(name) or (), node, references([node]))


def _analyse_class(cls: type, source: Source | None, found: list[ast.ClassDef]) -> Syntax | None:
    syntax = statements_syntax(found)
    if syntax is None or source is None:
        return None
    codes = [function.__code__ for function in methods(cls)]
    own = {id(code): code for code in codes if source.method(code, found)}
    return replace(syntax, methods=own)


def statements_syntax(statements: Iterable[ast.AST]) -> Syntax | None:
    """The analysis of statements of a module; None if there are none."""
    found = list(statements)
    if not found:
        return None
    digest = digest_value([canonical(statement) for statement in found])
    return Syntax(digest, references(found), getattr(found[0], "lineno", 1))
