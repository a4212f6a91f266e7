"""Collects what one node refers to."""

from __future__ import annotations

import builtins
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from msgspec import Struct, field

from zruntime.diagnostics import Place
from zruntime.distributions import distributions_of
from zruntime.fingerprint.bindings import Import
from zruntime.fingerprint.everything import WHOLE_PROJECT
from zruntime.fingerprint.model import Edge, FingerprintWarning, Node, Site
from zruntime.fingerprint.names import (
    IMPORTERS,
    SYSTEM_NAMES,
    Found,
    Scope,
    definition,
    find,
    find_import,
    is_importer,
)
from zruntime.fingerprint.origins import Origin, Origins, is_own, is_versioned
from zruntime.fingerprint.references import (
    NAMESPACES,
    OWN_MODULE,
    READ,
    SUBCLASSES,
    TEXTS,
    Reference,
)
from zruntime.fingerprint.values import Former
from zruntime.hashing import digest_value

PLAIN: Final = frozenset(
    {bool, int, float, str, bytes, list, dict, set, bytearray, deque, Counter, defaultdict}
)
"""Types whose instances a step may write to without depending on what they hold."""
RESOURCES: Final = frozenset(
    [("importlib.resources", "files"), ("pkgutil", "get_data"), ("importlib.resources", "path")]
)
"""Functions that lead to files which lie beside modules."""
FILES_UNSEEN: Final = "ZC437"
"""The code of the warning that a step declares no files and may read some."""
ANYTHING: Final = frozenset(map(id, (builtins.eval, builtins.exec, builtins.globals)))


class Draft(Struct):
    """A node that is being put together.

    Attributes:
        origins: Tells the project's code from other people's.
        scope: Where names are looked up.
        content: The node's own data, in canonical order.
        edges: What it refers to, in canonical order.
        modules: Modules of packages that it refers to.
        warnings: What it hides.
        reads_text: Whether it reads docstrings, comments or positions of code.
    """

    origins: Origins
    scope: Scope
    content: list[Any] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    warnings: list[FingerprintWarning] = field(default_factory=list)
    reads_text: bool = False

    def node(self, kind: str, label: str, *modules: str) -> Node:
        """The finished node."""
        for name in sorted(self.modules):
            if not is_versioned(name):
                self.warn(
                    "ZC435",
                    f"module `{name}` lies outside of the project and of the installed packages,"
                    " so changes of its code are not seen",
                    "Move the module into the project, or install it as a package.",
                )
        packages = frozenset(owner for name in self.modules for owner in distributions_of(name))
        digest = digest_value((kind, self.content))
        edges, warnings = tuple(self.edges), tuple(self.warnings)
        return Node(digest, label, edges, packages, modules, warnings, self.reads_text)

    def follow(self, references: Iterable[Reference]) -> None:
        """Takes in what the names of the node's code stand for."""
        for reference in references:
            self.reads_text |= not TEXTS.isdisjoint(reference.chain)
            if reference.chain[0] == SUBCLASSES:
                self._any_subclass(reference)
                continue
            if reference.chain[0] in NAMESPACES:
                self._any_module(reference, "can reach any name")
                continue
            try:
                found = find(reference, self.scope, self.origins)
                if found is not None:
                    self._reference(reference, found)
            except ImportError as error:
                message = f"module `{error.name}` cannot be imported ({error})"
                remedy = "Install it where the pipeline is compiled, or correct the import."
                self.warn("ZC436", message, remedy, reference)

    def link(self, name: str, target: object, site: Site) -> None:
        """Takes in an object under a name."""
        if self.origins.is_code(target):
            external = None
        else:
            former = Former(self.origins)
            external = former.external(target)
            self.modules |= former.modules
            if is_importer(target):
                self.everything(f"{site.label} can import any module")
        self.content.append((name, external))
        if external is None:
            self.edges.append(Edge(target, site))

    def warn(
        self, code: str, message: str, remedy: str, reference: Reference | None = None
    ) -> None:
        """Tells of something that cannot be seen, at a reference or at the code as a whole."""
        place = self._place(reference)
        self.warnings.append(FingerprintWarning(code, message, place, remedy))

    def files(self, what: str, reference: Reference | None = None) -> None:
        """Tells of a way to files beside the code; see `FILES_UNSEEN`."""
        self.warn(
            FILES_UNSEEN,
            f"{what} leads to files of the project, whose content does not count and which no"
            " worker is sent",
            "Declare what the step reads by `files=`, or by a parameter of type FilePath.",
            reference,
        )

    def _place(self, reference: Reference | None) -> Place:
        place = self.scope.place
        if reference is None:
            return place
        start, end = reference.column, reference.column + len(reference.name)
        return Place(place.file, reference.line, start, end)

    def _reference(self, reference: Reference, found: Found) -> None:
        value = found.value
        if found.name in SYSTEM_NAMES and found.names is not None:
            told = found.names.get(found.name) if found.name == "__doc__" else "module"
            self.content.append((reference.name, told))
            if found.name == "__file__":
                self.files(f"`{reference.name}`", reference)
        elif id(value) in ANYTHING:
            if reference.argument != READ:
                self._anything(reference)
        elif value is sys.modules or is_importer(value) or _names_importer(reference, found):
            self._importer(reference, found)
        elif found.external:
            self.modules.add(self._deepest(found))
            self._external(reference, found.external, "")
        elif reference.written and type(value) in PLAIN and found.rest < 2:
            self.content.append((reference.name, "written", type(value).__name__))
        elif self.origins.is_code(value):
            if isinstance(value, ModuleType) and not reference.written:
                self._module_as_value(reference, value)
            self.link(reference.name, value, self._site(reference, self._defined(found)))
            if reference.chain[-1] == SUBCLASSES and isinstance(value, type):
                self.subclasses(value)
        else:
            self._value(reference, self._defined(found))

    def _defined(self, found: Found) -> Found:
        if found.names is None:
            return found
        names, name = definition(found.names, found.name, self.origins)
        if names is found.names:
            return found
        return Found(found.value, names, name, found.rest, found.cell, found.external)

    def _value(self, reference: Reference, found: Found) -> None:
        if found.names is not None:
            if self.origins.of_names(found.names) is not Origin.LOCAL:
                self._external(reference, str(found.names.get("__name__")), found.name)
                return
        elif found.value is getattr(builtins, reference.chain[0], None) and not found.cell:
            return
        self.link(reference.name, found.value, self._site(reference, found))

    def _deepest(self, found: Found) -> str:
        """The module that provides an object: one of many in a namespace package."""
        names = vars(found.value) if isinstance(found.value, ModuleType) else found.names
        return str((names or {}).get("__name__", found.external))

    def _external(self, reference: Reference, module: str, name: str) -> None:
        """Something that a package provides: its version tells what it is."""
        if not is_own(module):
            self.modules.add(module)
            self.content.append((reference.name, f"{module}:{name}"))
            if (module, name or reference.chain[-1]) in RESOURCES:
                self.files(f"`{reference.name}`", reference)

    def _site(self, reference: Reference, found: Found) -> Site:
        place = self._place(reference)
        if found.cell:
            return Site(f"closure `{found.cell}` of `{self.scope.owner}` in {place.file}", place)
        if found.names is None:
            return Site(f"value `{reference.name}` in {self.scope.place.file}", place)
        label = f"value `{found.name}` in {self._file(found.names)}"
        return Site(label, place, found.name, found.names)

    def _file(self, names: dict[str, Any]) -> str:
        file = names.get("__file__")
        return self.origins.project.relative(file) if file else self.scope.place.file

    def _anything(self, reference: Reference) -> None:
        self.warn(
            "ZC430",
            f"`{reference.name}` can reach any name, so every change of {self.scope.place.file}"
            " counts",
            "Refer to what it needs by name, as in a dict of the functions that may be called.",
            reference,
        )
        module = sys.modules.get(self.scope.module)
        if module is not None and vars(module) is self.scope.names:
            self.link(reference.name, module, Site("", self._place(reference)))

    def _importer(self, reference: Reference, found: Found) -> None:
        """Takes in the module that a call imports, or all if its name is computed."""
        if reference.argument == OWN_MODULE:
            self._anything(reference)
            return
        name = _literal_module(reference)
        if name is None:
            is_table = found.value is sys.modules
            how = "can reach any module" if is_table else "is called with a computed name"
            self._any_module(reference, how)
            return
        dots = len(name) - len(name.lstrip("."))
        source = Import(name[dots:], level=dots, root=name)
        module = find_import(source, self.scope, self.origins)
        if module is not None:
            self.link(f"{reference.name}({name})", module.value, Site("", self._place(reference)))

    def _any_module(self, reference: Reference, how: str) -> None:
        self.everything(f"`{reference.name}` {how}", reference)

    def _any_subclass(self, reference: Reference) -> None:
        if self.scope.cls is None:
            self._any_module(reference, "can reach any class")
        else:
            self.subclasses(self.scope.cls)

    def subclasses(self, cls: type) -> None:
        """Takes in the classes of the project below a class, in the order of their definition."""
        below: list[type] = type.__subclasses__(cls)
        for number, found in enumerate(below):
            if self.origins.is_code(found):
                self.link(f"subclass {number}", found, Site("", self.scope.place, explained=True))
            self.subclasses(found)

    def everything(self, why: str, reference: Reference | None = None) -> None:
        """Takes in all modules of the project, and says why."""
        message = f"{why}, so every change of the project counts"
        self.warn("ZC431", message, "Import the modules that it may be by their names.", reference)
        self.content.append(("project", reference.name if reference else ""))
        self.edges.append(Edge(WHOLE_PROJECT, Site("", self.scope.place)))

    def _module_as_value(self, reference: Reference, module: ModuleType) -> None:
        self.warn(
            "ZC432",
            f"module `{reference.name}` is used as a value, so every change of it counts",
            f"Refer to `{reference.name}.<name>` to depend on that name only.",
            reference,
        )


def _names_importer(reference: Reference, found: Found) -> bool:
    """Whether a reference is to an importer in a module that is not loaded yet."""
    name = reference.source.name if reference.source and reference.source.name else None
    return (found.external, name or reference.chain[-1]) in IMPORTERS


def _literal_module(reference: Reference) -> str | None:
    """The module that a literal argument names; None where it may be any."""
    function, name = reference.chain[-1], reference.argument
    if name is None or function == "resolve_name":
        return name.partition(":")[0] if name and ":" in name else None
    return name


def module_name(names: dict[str, Any]) -> str:
    """The name under which a module is imported, even while it runs as a script."""
    name = str(names.get("__name__", ""))
    if name != "__main__":
        return name
    spec, file = names.get("__spec__"), names.get("__file__")
    return str(spec.name) if spec is not None else Path(file).stem if file else name


def function_name(function: FunctionType) -> str:
    """The name people know a function by; a decorator's wrapper keeps its own."""
    name = function.__qualname__
    code = function.__code__.co_name
    return name.replace(".<locals>", "") if name.rpartition(".")[2] == code else code
