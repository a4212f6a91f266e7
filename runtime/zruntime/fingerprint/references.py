"""The free names of a piece of code, with the attributes that are read from them."""

# ruff: noqa: N802, N815 - a visitor's methods are named after the nodes

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeGuard

from msgspec import Struct
from msgspec.structs import replace

from zruntime.fingerprint.bindings import Bindings, Comprehension, Import, bindings
from zruntime.fingerprint.syntax import Function, Visitor

IMPORTERS: Final = frozenset(
    {"import_module", "__import__", "find_spec", "resolve_name", "run_module"}
)
EVALUATORS: Final = (("eval",), ("exec",))
NAMESPACES: Final = frozenset({"__globals__", "f_globals", "__builtins__"})
"""Attributes of functions and frames through which any name can be read."""
OWN_MODULE: Final = "__name__"
"""Stands for the module's own name as an argument of a reference."""
READ: Final = ""
"""Stands for the argument of `eval` or `exec` whose text was read."""
SUBCLASSES: Final = "__subclasses__"
"""Attribute of a class through which code can reach classes that it does not name."""
TEXTS: Final = frozenset(
    [
        "__doc__",
        "co_firstlineno",
        "f_lineno",
        "getcomments",
        "getdoc",
        "getframeinfo",
        "getsource",
        "getsourcelines",
        "json_schema",
        "model_json_schema",
        "tb_lineno",
    ]
)
"""Names and attributes by which code reads docstrings, comments or positions of code."""
_TELLING: Final = NAMESPACES | TEXTS
QUERIES: Final = frozenset({"query", "eval"})
"""Methods that read variables out of a text, where `@` marks them."""
_MARKED: Final = re.compile(r"@([^\W\d]\w*)")
MUTATORS: Final = frozenset(
    [
        "append",
        "extend",
        "insert",
        "add",
        "update",
        "clear",
        "remove",
        "discard",
        "setdefault",
        "pop",
        "appendleft",
        "sort",
        "reverse",
        "subtract",
    ]
)


class Reference(Struct, frozen=True):
    """A free name and the attributes read from it, such as `features.scale`.

    Attributes:
        chain: The name and its attributes.
        source: The import that binds the name, if a function does so itself.
        line: Line of its first use, counted from 1.
        column: Column of its first use, counted from 1.
        written: Whether its value is only ever changed here, and never read.
        argument: The literal module name in a call such as `import_module("features")`, or in
            `sys.modules["features"]`.
    """

    chain: tuple[str, ...]
    source: Import | None = None
    line: int = 1
    column: int = 1
    written: bool = False
    argument: str | None = None

    @property
    def name(self) -> str:
        """The reference as it is written."""
        return ".".join(self.chain)


def function_references(function: Function) -> tuple[Reference, ...]:
    """What a function refers to, without its decorators."""
    try:
        collector = _Collector()
        collector.visit_definition(function)
        return collector.references()
    except RecursionError:
        return _all_names([function])


def references(nodes: Iterable[ast.AST]) -> tuple[Reference, ...]:
    """What statements or expressions at the level of a module or class refer to."""
    nodes = list(nodes)
    try:
        collector = _Collector()
        for node in nodes:
            collector.visit(node)
        return collector.references()
    except RecursionError:
        return _all_names(nodes)


def dotted(node: ast.AST) -> tuple[str, ...] | None:
    """The parts of `a.b.c`, or None for any other expression."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node.id, *reversed(attributes)) if isinstance(node, ast.Name) else None


class _Collector(Visitor):
    """Collects references; `scopes` are the functions around the current node.

    A class body opens no scope: what it binds hides nothing from its methods.
    """

    def __init__(self) -> None:
        self.scopes: list[Bindings] = []
        self.found: dict[tuple[object, ...], Reference] = {}
        self.in_annotation = False

    def references(self) -> tuple[Reference, ...]:
        """Everything found, in an order that the code's own order does not change."""
        return tuple(sorted(self.found.values(), key=lambda item: (item.chain, str(item.source))))

    def visit_definition(self, node: Function) -> None:
        with_types = Bindings({item.name for item in getattr(node, "type_params", ())})
        self.scopes.append(with_types)
        self._signature(node.args)
        if node.returns is not None:
            self._annotation(node.returns)
        self._scope(_parameters(node.args), node.body)
        self.scopes.pop()

    def _function(self, node: Function) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self.visit_definition(node)

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._signature(node.args)
        self._scope(_parameters(node.args), [node.body])

    def _signature(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        for argument in _arguments(arguments):
            if argument.annotation is not None:
                self._annotation(argument.annotation)

    def _scope(self, parameters: set[str], body: Sequence[ast.AST]) -> None:
        scope = bindings(body)
        scope.names |= parameters
        self.scopes.append(scope)
        for node in body:
            self.visit(node)
        self.scopes.pop()

    def _comprehension(self, node: Comprehension) -> None:
        self.visit(node.generators[0].iter)
        targets = bindings(generator.target for generator in node.generators)
        self.scopes.append(targets)
        for generator in node.generators:
            if generator is not node.generators[0]:
                self.visit(generator.iter)
            for condition in generator.ifs:
                self.visit(condition)
        results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        for result in results:
            self.visit(result)
        self.scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._record((node.id,), node)

    def visit_Assign(self, node: ast.Assign) -> None:
        (target, *others), value = node.targets, node.value
        if not others and _is_docstring(target) and _is_docstring(value):
            # A decorator copies it, and does not read it.
            self.visit(target.value)
            self.visit(value.value)
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain = dotted(node)
        if node.attr in _TELLING or (
            node.attr == SUBCLASSES and not (chain and None in self._sources(chain[0]))
        ):
            self._record((node.attr,), node)
        if chain is None:
            self.generic_visit(node)
        elif isinstance(node.ctx, ast.Load):
            self._record(chain, node)
        else:
            self._record(chain, node, written=True)

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            chain = dotted(call.func)
            if chain is not None and chain[-1] in MUTATORS:
                self._record(chain, call, written=True)
                for argument in (*call.args, *call.keywords):
                    self.visit(argument)
                return
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        chain = dotted(node.func)
        literal = next((_text(argument) for argument in node.args[:1]), None)
        if chain is not None and _is_importer(chain) and literal is not None:
            self._record(chain, node, argument=literal)
        elif chain in EVALUATORS and literal is not None and self._evaluated(node, literal):
            self._record(chain, node, argument=READ)
            node = ast.Call(node.func, node.args[1:], node.keywords)
        elif chain == ("getattr",) and len(node.args) > 1 and self._getattr(node):
            return
        else:
            if isinstance(node.func, ast.Attribute) and node.func.attr in QUERIES:
                for name in _MARKED.findall(literal or ""):
                    self._record((name,), node)
            self.visit(node.func)
        for argument in (*node.args, *node.keywords):
            self.visit(argument)

    def _evaluated(self, node: ast.Call, text: str) -> bool:
        """Reads `eval("scale(x)")` as the expression; `exec` of statements likewise."""
        try:
            tree = ast.parse(text.strip())
        except (SyntaxError, ValueError):
            return False
        for child in ast.walk(tree):
            if hasattr(child, "lineno"):
                ast.copy_location(child, node)
        self._scope(set(), tree.body)
        return True

    def _getattr(self, node: ast.Call) -> bool:
        """Reads `getattr(features, "scale")` as `features.scale`."""
        base, name = dotted(node.args[0]), _text(node.args[1])
        if base is None or name is None:
            return False
        self.visit(node.func)
        self._record((*base, name), node)
        for default in node.args[2:]:
            self.visit(default)
        return True

    def visit_Subscript(self, node: ast.Subscript) -> None:
        chain = dotted(node.value)
        if self.in_annotation and chain is not None and chain[-1] in ("Literal", "Annotated"):
            self._special_form(node)
        elif chain is not None and not isinstance(node.ctx, ast.Load):
            self._record(chain, node, written=True)
            self.visit(node.slice)
        elif chain is not None and chain[-1] == "modules" and _module_name(node.slice):
            self._record(chain, node, argument=_module_name(node.slice))
        else:
            self.generic_visit(node)

    def _special_form(self, node: ast.Subscript) -> None:
        """Strings in `Literal[...]`, and after the type of `Annotated[...]`, are no types."""
        self.visit(node.value)
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        types = 1 if dotted(node.value) in (("Annotated",), ("typing", "Annotated")) else 0
        for item in items[:types]:
            self.visit(item)
        self.in_annotation = False
        for item in items[types:]:
            self.visit(item)
        self.in_annotation = True

    def visit_Constant(self, node: ast.Constant) -> None:
        if self.in_annotation and isinstance(node.value, str):
            try:
                self.visit(ast.parse(node.value, mode="eval").body)
            except SyntaxError:
                return

    def _annotation(self, node: ast.expr) -> None:
        before, self.in_annotation = self.in_annotation, True
        self.visit(node)
        self.in_annotation = before

    def _record(
        self,
        chain: tuple[str, ...],
        node: ast.AST,
        *,
        written: bool = False,
        argument: str | None = None,
    ) -> None:
        sources = self._sources(chain[0])
        for source in sources:
            line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
            found = Reference(chain, source, line, column, written, argument)
            key = (chain, source, argument)
            former = self.found.setdefault(key, found)
            if former.written and not written:
                self.found[key] = replace(former, written=False)

    def _sources(self, name: str) -> Sequence[Import | None]:
        """The imports that bind a name; `[None]` if it is free, nothing if it is a variable."""
        for scope in reversed(self.scopes):
            if name in scope.outer:
                continue
            if name in scope.names:
                return scope.imports.get(name, [])
        return [None]


def _is_docstring(node: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and node.attr == "__doc__"


def _all_names(nodes: Iterable[ast.AST]) -> tuple[Reference, ...]:
    """Every name of code that is nested too deeply for a visitor, variables included."""
    chains = {dotted(child) for node in nodes for child in ast.walk(node)} - {None}
    return tuple(Reference(chain) for chain in sorted(filter(None, chains)))


def _is_importer(chain: tuple[str, ...]) -> bool:
    return chain[-1] in IMPORTERS or chain[-2:] == ("modules", "get")


def _module_name(node: ast.expr) -> str | None:
    return OWN_MODULE if dotted(node) == (OWN_MODULE,) else _text(node)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    stars = [star for star in (arguments.vararg, arguments.kwarg) if star is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


def _parameters(arguments: ast.arguments) -> set[str]:
    return {argument.arg for argument in _arguments(arguments)}
