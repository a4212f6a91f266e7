"""What importing a module does to other people's objects: seeds, options, patches.

`numpy.random.seed(1)` or `json.dumps = mine` at the level of a module gives no name a value, but
every step that runs in the process may depend on it. What it does to the project's own objects is
seen in them.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any, Final

from msgspec import Struct

from zruntime.fingerprint.analysis import Syntax, statements_syntax
from zruntime.fingerprint.bindings import Bindings, bindings
from zruntime.fingerprint.names import MISSING, absolute_name
from zruntime.fingerprint.origins import Origin, Origins, is_own
from zruntime.fingerprint.references import OWN_MODULE, dotted
from zruntime.fingerprint.source import Source, load_source
from zruntime.fingerprint.syntax import without_scopes
from zruntime.fingerprint.values import Former

SETTERS: Final = frozenset(map(id, (builtins.setattr, builtins.delattr)))
HARMLESS: Final = (("logging",), ("sys", "path"))
"""Starts of references whose use at import changes no result."""


class ImportEffects(Struct, frozen=True):
    """The statements of a module that change other people's objects when it is imported.

    Attributes:
        names: The module's namespace.
        file: Its file.
        syntax: The analysis of the statements.
    """

    names: dict[str, Any]
    file: str
    syntax: Syntax


class Effects:
    """Finds the effects of imports; valid as long as no module changes."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        # Keyed by identity; the namespaces are kept alive, so that no id is used twice.
        self._own: dict[int, tuple[dict[str, Any], ImportEffects | None]] = {}
        self._all: dict[int, tuple[ImportEffects, ...]] = {}
        self._functions: dict[int, bool] = {}

    def of(self, names: dict[str, Any]) -> tuple[ImportEffects, ...]:
        """The effects of importing the module of a namespace, with all that it imports."""
        known = self._all.get(id(names))
        if known is None:
            reached: dict[int, dict[str, Any]] = {}
            waiting = [names]
            while waiting:
                found = waiting.pop()
                if id(found) not in reached:
                    reached[id(found)] = found
                    waiting += map(vars, self._imported(found))
            own = filter(None, map(self._of_module, reached.values()))
            known = tuple(sorted(own, key=lambda effects: effects.syntax.digest))
            self._all[id(names)] = known
        return known

    def _of_module(self, names: dict[str, Any]) -> ImportEffects | None:
        known = self._own.get(id(names))
        if known is None:
            source = self._origins.source_of(names)
            known = self._own[id(names)] = (names, self._find(source, names) if source else None)
        return known[1]

    def _find(self, source: Source, names: dict[str, Any]) -> ImportEffects | None:
        lookup = _Lookup(self._origins, names, Bindings())
        found = [
            item
            for item, nodes in source.executed
            if self._acts(nodes, lookup) or _registers(item, lookup)
        ]
        syntax = statements_syntax(found)
        return ImportEffects(names, source.file, syntax) if syntax else None

    def _imported(self, names: dict[str, Any]) -> Iterator[ModuleType]:
        source = self._origins.source_of(names)
        wanted = set(_parents(str(names.get("__package__") or "")))
        for item in source.executed_imports if source else ():
            module = absolute_name(item, names)
            if module:
                wanted.update(_parents(module))
                wanted.add(f"{module}.{item.name}")
        for name in sorted(wanted):
            found: object = sys.modules.get(name)
            # Some modules put another object in their place.
            if isinstance(found, ModuleType) and self._origins.of_module(found) is Origin.LOCAL:
                yield found

    def _acts(self, nodes: Iterable[ast.AST], lookup: _Lookup) -> bool:
        """Whether running these nodes changes an object of other people."""
        for node in nodes:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                if self._call_acts(node.value, lookup):
                    return True
            elif (
                isinstance(node, (ast.Attribute, ast.Subscript))
                and not isinstance(node.ctx, ast.Load)
                and lookup.is_foreign(node)
            ):
                return True
        return False

    def _call_acts(self, call: ast.Call, lookup: _Lookup) -> bool:
        value = lookup.value(call.func)
        if id(value) in SETTERS:
            return bool(call.args) and lookup.is_foreign(call.args[0])
        if isinstance(value, FunctionType) and self._origins.is_code(value):
            given = (*call.args, *(keyword.value for keyword in call.keywords))
            return self._function_acts(value) or any(map(lookup.is_opaque, given))
        owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        return lookup.is_foreign(call.func) or lookup.is_opaque(owner)

    def _function_acts(self, function: FunctionType) -> bool:
        code = function.__code__
        if id(code) not in self._functions:
            self._functions[id(code)] = False  # for functions that call themselves
            source = load_source(code.co_filename, function.__globals__)
            found = source.function(code) if source else None
            if found is not None:
                body = [found.body] if isinstance(found, ast.Lambda) else found.body
                own = bindings(body)
                own.names.update(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
                lookup = _Lookup(self._origins, function.__globals__, own)
                nodes = (node for item in body for node in without_scopes(item))
                self._functions[id(code)] = self._acts(nodes, lookup)
        return self._functions[id(code)]


class _Lookup(Struct, frozen=True):
    """Looks names up in a module, behind the variables of a function."""

    origins: Origins
    names: Mapping[str, Any]
    own: Bindings

    def value(self, node: ast.expr) -> Any:
        """What an expression of names and attributes of modules stands for, or `MISSING`."""
        if isinstance(node, ast.Name):
            return self._named(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.value(node.value)
            if isinstance(owner, ModuleType):
                return vars(owner).get(node.attr, MISSING)
        if isinstance(node, ast.Subscript) and self.value(node.value) is sys.modules:
            is_own = isinstance(node.slice, ast.Name) and node.slice.id == OWN_MODULE
            name = self.names.get(OWN_MODULE) if is_own else getattr(node.slice, "value", None)
            return sys.modules.get(name, MISSING) if isinstance(name, str) else MISSING
        return MISSING

    def is_foreign(self, node: ast.expr) -> bool:
        """Whether an expression starts with a module, class or function of other people."""
        chain: list[str] = []
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Subscript) and isinstance(self.value(node), ModuleType):
                break
            if isinstance(node, ast.Attribute):
                chain.insert(0, node.attr)
            inner = getattr(node, "value", None) or getattr(node, "func", None)
            if not isinstance(inner, ast.expr):
                return False
            node = inner
        value = self.value(node)
        if isinstance(value, ModuleType):
            path = (value.__name__.partition(".")[0], *chain)
            is_foreign = self.origins.of_module(value) in (Origin.STDLIB, Origin.PACKAGE)
            return is_foreign and not any(path[: len(start)] == start for start in HARMLESS)
        module = getattr(value, "__module__", None)
        if not (callable(value) and hasattr(value, "__qualname__") and isinstance(module, str)):
            return False
        is_ours = is_own(type(value).__module__) or is_own(module)
        is_local = self.origins.is_code(getattr(value, "__func__", value))
        return not (is_ours or is_local or module in ("builtins", "logging"))

    def is_opaque(self, node: ast.expr) -> bool:
        """Whether an expression is an object whose state cannot be compared between runs."""
        value = self.value(node)
        if value is MISSING or isinstance(value, (ModuleType, FunctionType, type)):
            return False
        former = Former(self.origins)
        former.form(value)
        return bool(former.opaque)

    def _named(self, name: str) -> Any:
        for item in self.own.imports.get(name, ()):
            module = sys.modules.get(item.root or absolute_name(item, self.names) or "")
            return module if item.name is None else getattr(module, item.name, MISSING)
        if name in self.own.names:
            return MISSING
        return self.names.get(name, getattr(builtins, name, MISSING))


def _registers(statement: ast.stmt, lookup: _Lookup) -> bool:
    """Whether a definition is handed to other people's code by a decorator that says so."""
    for decorator in getattr(statement, "decorator_list", ()):
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        chain = dotted(function)
        if chain and "register" in chain[-1] and lookup.is_foreign(function):
            owner = lookup.value(function.value) if isinstance(function, ast.Attribute) else None
            registry = getattr(owner, "registry", None)
            is_seen = isinstance(registry, Mapping) and lookup.origins.is_code(registry.get(object))
            return not is_seen  # what a dispatching function of the project holds is
    return False


def _parents(module: str) -> Iterator[str]:
    while module:
        yield module
        module = module.rpartition(".")[0]
