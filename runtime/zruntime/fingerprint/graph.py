"""The graph of what an object's code refers to: one node per function, class, module or value."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any

from msgspec.structs import replace

from zruntime.diagnostics import Place
from zruntime.distributions import distributions_of
from zruntime.fingerprint.analysis import (
    Syntax,
    binding_syntax,
    class_syntax,
    function_syntax,
    module_syntax,
)
from zruntime.fingerprint.classes import class_state
from zruntime.fingerprint.draft import Draft, function_name, module_name
from zruntime.fingerprint.effects import Effects, ImportEffects
from zruntime.fingerprint.everything import ProjectModule, WholeProject, project_modules
from zruntime.fingerprint.model import Edge, Node, Site
from zruntime.fingerprint.names import SYSTEM_NAMES, Scope, find, imported_module
from zruntime.fingerprint.origins import Origins, is_generated, is_own
from zruntime.fingerprint.source import load_source
from zruntime.fingerprint.syntax import LAMBDA
from zruntime.fingerprint.values import Former, closure
from zruntime.project import Project


class Graph:
    """Builds nodes and remembers them: an object that is met twice has one node."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._origins = Origins(project)
        self._effects = Effects(self._origins)
        # The objects are kept beside their nodes, so that no id is used twice.
        self._nodes: dict[tuple[int, str], tuple[object, Node]] = {}

    def node(self, edge: Edge) -> Node:
        """The node of an edge's target."""
        target, site = edge.target, edge.site
        is_code = self._origins.is_code(target)
        is_named = is_code and getattr(target, "__name__", LAMBDA) != LAMBDA
        key = (id(target), "" if is_named else site.label)
        known = self._nodes.get(key)
        if known is None:
            known = self._nodes[key] = (target, self._build(target, site, is_code))
        return known[1]

    def children(self, node: Node) -> tuple[Node, ...]:
        """The nodes that a node refers to, in canonical order."""
        if node.children is None:
            node.children = tuple(self.node(edge) for edge in node.edges)
        return node.children

    def _build(self, target: object, site: Site, is_code: bool) -> Node:
        if is_code and isinstance(target, FunctionType):
            return self._function(target, site)
        if is_code and isinstance(target, type):
            return self._class(target)
        if is_code and isinstance(target, ModuleType):
            return self._module(target)
        if isinstance(target, ImportEffects):
            return self._import(target)
        if isinstance(target, WholeProject):
            return self._everything()
        if isinstance(target, ProjectModule):
            return self._unimported(target)
        return self._value(target, site)

    def _function(self, function: FunctionType, site: Site) -> Node:
        code, names = function.__code__, function.__globals__
        syntax = function_syntax(code, names)
        name = function_name(function)
        file = self._project.relative(code.co_filename)
        scope = Scope(names, Place(file, syntax.line), _owner(function), closure(function))
        draft = Draft(self._origins, scope, [syntax.digest])
        self._decorators(draft, syntax)
        draft.follow(syntax.references)
        for parameter, default in _defaults(function):
            label = f"default `{parameter}` of `{name}` in {file}"
            draft.link(f"default {parameter}", default, Site(label, scope.place, explained=True))
        if "__wrapped__" in vars(function):
            wrapped = Site("", scope.place, explained=True)
            draft.link("__wrapped__", vars(function)["__wrapped__"], wrapped)
        self._imports(draft, syntax)
        label = f"function `{name}` in {file}"
        if code.co_name == LAMBDA:
            label = site.label or f"lambda in {file}"
        return draft.node("function", label, module_name(names))

    def _decorators(self, draft: Draft, syntax: Syntax) -> None:
        """Takes in the decorators that are not zcompile's: those configure, and do not compute."""
        for decorator in syntax.decorators:
            root = next(
                (item for item in decorator.references if item.chain == decorator.chain), None
            )
            found = find(root, draft.scope, self._origins) if root is not None else None
            modules = (getattr(found.value, "__module__", ""), found.external) if found else ()
            if not any(map(is_own, modules)):
                draft.content.append(decorator.digest)
                draft.follow(decorator.references)

    def _class(self, cls: type) -> Node:
        file = self._origins.file_of_class(cls)
        syntax = class_syntax(cls, file) if file else None
        shown = self._project.relative(file) if file else f"{cls.__module__}.py"
        names = self._origins.names_of_class(cls)
        place = Place(shown, syntax.line if syntax else 1)
        scope = Scope(names, place, cls.__qualname__, _method_cells(cls), cls)
        draft = Draft(self._origins, scope, [syntax.digest if syntax else cls.__qualname__])
        if syntax is not None:
            draft.follow(syntax.references)
        else:
            self._generated(draft, cls)
        site = Site("", place, explained=True)
        for number, base in enumerate((*cls.__bases__, type(cls))):
            draft.link(f"base {number}", base, site)
        self._attributes(draft, cls, syntax, site)
        self._imports(draft, syntax)
        label = f"class `{cls.__qualname__.replace('.<locals>', '')}` in {shown}"
        return draft.node("class", label, module_name(names))

    def _generated(self, draft: Draft, cls: type) -> None:
        """A class without a class statement, such as a namedtuple: whatever made it counts."""
        former = Former(self._origins)
        draft.content.append(former.form(getattr(cls, "__annotations__", None)))
        draft.edges += (Edge(code, Site("", draft.scope.place)) for code in former.code)
        source = self._origins.source_of(draft.scope.names)
        syntax = binding_syntax(source, cls.__name__) if source else None
        if syntax is not None:
            draft.content.append(syntax.digest)
            draft.follow(syntax.references)

    def _attributes(self, draft: Draft, cls: type, syntax: Syntax | None, site: Site) -> None:
        """What a class holds at run time beyond its text: patches, and computed constants."""
        # The text of a class in a function does not tell what the function's variables were.
        is_nested = "<locals>" in cls.__qualname__
        kept = {
            name: value
            for name, value in vars(cls).items()
            if not self._is_kept_by_python(name, value, cls)
        }
        for name, value in sorted({**kept, **class_state(cls, is_nested)}.items()):
            former = Former(self._origins)
            draft.content.append((name, former.form(value)))
            draft.modules |= former.modules
            for code in former.code:
                is_own_method = (
                    syntax is not None
                    and not is_nested
                    and isinstance(code, FunctionType)
                    and id(code.__code__) in syntax.methods
                )
                if not is_own_method:
                    draft.edges.append(Edge(code, replace(site, label=f"value `{name}`")))

    def _is_kept_by_python(self, name: str, value: object, cls: type) -> bool:
        """Whether an attribute comes with every class, or is generated from the class's text."""
        if self._origins.is_code(value) and isinstance(value, FunctionType):
            return is_generated(value, cls)
        if issubclass(cls, Enum):
            return name.startswith("_") or isinstance(value, cls)
        return name.startswith("__") and name.endswith("__")

    def _module(self, module: ModuleType) -> Node:
        names = vars(module)
        file = getattr(module, "__file__", None)
        source = load_source(file, names) if file else None
        syntax = module_syntax(source) if source else None
        shown = self._project.relative(file) if file else module.__name__
        draft = Draft(self._origins, Scope(names, Place(shown, 1)))
        written = set()
        if syntax is not None:
            draft.content.append(syntax.digest)
            draft.follow(syntax.references)
            written = {found.chain[0] for found in syntax.references if found.written}
        for name in sorted(names.keys() - SYSTEM_NAMES - written):
            draft.link(name, names[name], Site("", draft.scope.place, name, names, explained=True))
        return draft.node("module", f"module {shown}", module_name(names))

    def _imports(self, draft: Draft, syntax: Syntax | None) -> None:
        """Takes in what the import of the code's module, and its own imports, do to others."""
        namespaces = [draft.scope.names]
        for source in syntax.imports if syntax else ():
            module = imported_module(source, draft.scope, self._origins)
            namespaces += [vars(module)] if module else []
        found = {id(item): item for names in namespaces for item in self._effects.of(names)}
        draft.edges += (Edge(effects, Site("", draft.scope.place)) for effects in found.values())

    def _import(self, effects: ImportEffects) -> Node:
        file = self._project.relative(effects.file)
        draft = Draft(self._origins, Scope(effects.names, Place(file, effects.syntax.line)))
        draft.content.append(effects.syntax.digest)
        draft.follow(effects.syntax.references)
        return draft.node("import", f"import of {file}", module_name(effects.names))

    def _everything(self) -> Node:
        place = Place(".", 1)
        draft = Draft(self._origins, Scope({}, place))
        found = tuple(project_modules(self._project))
        draft.edges += (Edge(module, Site("", place)) for module in found)
        return draft.node("project", "", *(module.name for module in found))

    def _unimported(self, module: ProjectModule) -> Node:
        """A module as its text, without what its names stand for."""
        shown = self._project.relative(module.source.file)
        syntax = module_syntax(module.source)
        content = [module.name, syntax.digest if syntax else ""]
        draft = Draft(self._origins, Scope({}, Place(shown, 1)), content)
        draft.modules |= {name for name in module.imports() if distributions_of(name)}
        return draft.node("module", f"module {shown}")

    def _value(self, value: object, site: Site) -> Node:
        former = Former(self._origins)
        draft = Draft(self._origins, Scope(site.names or {}, site.place))
        if former.is_local_instance(value):
            former.code.append(type(value))
            draft.content.append(former.instance(value))
        else:
            draft.content.append(former.form(value))
        draft.modules |= former.modules
        if former.inside and not site.explained:
            draft.files(site.label or "a value")
        if former.imports:
            draft.everything(f"{site.label or 'a value'} can import any module")
        for code in former.code:
            draft.edges.append(Edge(code, site))
            if isinstance(code, ModuleType):
                draft.warn(
                    "ZC433",
                    f"{site.label} holds module `{code.__name__}`, so every change of it counts",
                    "Hold the functions that are needed in place of their module.",
                )
        self._explain(draft, former, site)
        names = site.names or {}
        return draft.node("value", site.label, *([module_name(names)] if names else ()))

    def _explain(self, draft: Draft, former: Former, site: Site) -> None:
        """Takes in the statements that make a value whose state cannot be compared."""
        if not (former.opaque or former.wrapped):
            return
        source = self._origins.source_of(site.names) if site.names else None
        handling = bool(former.opaque)
        syntax = binding_syntax(source, site.name, handling=handling) if source else None
        if syntax is not None and source is not None and site.names is not None:
            place = Place(self._project.relative(source.file), syntax.line)
            draft.scope = Scope(site.names, place)
            draft.content.append(syntax.digest)
            draft.follow(syntax.references)
        elif former.opaque and not site.explained:
            kinds = ", ".join(sorted(set(former.opaque)))
            draft.warn(
                "ZC434",
                f"{site.label or 'a value'} holds what cannot be compared between runs ({kinds}),"
                " so only its class counts",
                "Make it at module level, or pass it as a parameter.",
            )


def _owner(function: FunctionType) -> str:
    """The function whose variables are the closure of a nested function."""
    outer, nested, _ = function.__qualname__.rpartition(".<locals>.")
    is_wrapper = function.__name__ != function.__code__.co_name
    return function_name(function) if is_wrapper or not nested else outer.replace(".<locals>", "")


def _defaults(function: FunctionType) -> Iterator[tuple[str, Any]]:
    code = function.__code__
    values = function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    yield from zip(positional[len(positional) - len(values) :], values, strict=True)
    yield from sorted((function.__kwdefaults__ or {}).items())


def _method_cells(cls: type) -> dict[str, Any]:
    """The outer variables that the methods of a class inside of a function use."""
    cells: dict[str, Any] = {}
    for method in vars(cls).values():
        if isinstance(method, FunctionType) and method.__closure__:
            cells.update(closure(method))
    cells.pop("__class__", None)
    return cells
