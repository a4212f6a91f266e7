"""Where an object comes from: the project, zcompile, Python itself or an installed package."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum, auto
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, GenericAlias, ModuleType
from typing import Any, Final, TypeGuard

from zruntime.distributions import distributions_of, is_stdlib
from zruntime.fingerprint.source import Source, load_source
from zruntime.project import INSTALLED, OWN_PACKAGES, Project

SYNTHETIC: Final = frozenset({"__mp_main__", "__main__"})


class Origin(Enum):
    """Who wrote an object's code."""

    LOCAL = auto()
    OWN = auto()
    STDLIB = auto()
    PACKAGE = auto()


class Origins:
    """Tells the origin of functions, classes and modules for one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        # Keyed by identity; the objects are kept alive, so that no id is used twice.
        self._known: dict[int, tuple[object, Origin]] = {}
        self._sources: dict[int, tuple[dict[str, Any], Source | None]] = {}

    def of_function(self, function: FunctionType) -> Origin:
        """The origin of a function, judged by its code: decorators copy other names over."""
        known = self._known.get(id(function.__code__))
        if known is None:
            origin = self._of_code(function.__code__, function.__globals__)
            known = self._known[id(function.__code__)] = (function.__code__, origin)
        return known[1]

    def of_class(self, cls: type) -> Origin:
        """The origin of a class, judged by its module."""
        known = self._known.get(id(cls))
        if known is None:
            origin = self._of(str(cls.__module__), self.file_of_class(cls))
            known = self._known[id(cls)] = (cls, origin)
        return known[1]

    def of_module(self, module: ModuleType) -> Origin:
        """The origin of a module."""
        return self._of(module.__name__, getattr(module, "__file__", None))

    def file_of_class(self, cls: type) -> str | None:
        """The file that holds the source of a class, or None."""
        module = _module_of(cls)
        method = _method(cls) if cls.__module__ in SYNTHETIC or module is None else None
        if method is not None:
            return method.__code__.co_filename
        if cls.__module__ in SYNTHETIC and _attribute(module, cls.__qualname__) is not cls:
            return None
        return getattr(module, "__file__", None)

    def names_of_class(self, cls: type) -> dict[str, Any]:
        """The namespace in which a class was defined; empty if its module is gone."""
        method, module = _method(cls), _module_of(cls)
        if method is not None and (cls.__module__ in SYNTHETIC or module is None):
            return method.__globals__
        return vars(module) if module is not None else {}

    def of_names(self, names: Mapping[str, Any]) -> Origin:
        """The origin of the module that has a namespace."""
        return self._of(str(names.get("__name__", "")), names.get("__file__"))

    def source_of(self, names: dict[str, Any]) -> Source | None:
        """The source of the module that has a namespace, if it belongs to the project."""
        known = self._sources.get(id(names))
        if known is None:
            file: str | None = names.get("__file__")
            source = load_source(file, names) if file and self.project.is_local(file) else None
            known = self._sources[id(names)] = (names, source)
        return known[1]

    def is_code(self, value: object) -> bool:
        """Whether a value is a function, class or module of the project."""
        if isinstance(value, FunctionType):
            return self.of_function(value) is Origin.LOCAL
        if is_class(value):
            return self.of_class(value) is Origin.LOCAL
        return isinstance(value, ModuleType) and self.of_module(value) is Origin.LOCAL

    def _of_code(self, code: CodeType, names: Mapping[str, Any]) -> Origin:
        # Code made by `exec`, or a cell of a notebook, belongs to whoever holds it.
        file = code.co_filename if _exists(code.co_filename) else names.get("__file__")
        return self._of(str(names.get("__name__", "")), file)

    def _of(self, module: str, file: str | None) -> Origin:
        if self.project.is_local(file):
            return Origin.LOCAL
        if is_own(module):
            return Origin.OWN
        if is_stdlib(module):
            return Origin.STDLIB
        has_file = file is not None and _exists(file)
        if not has_file and (module in SYNTHETIC or not distributions_of(module)):
            return Origin.LOCAL
        return Origin.PACKAGE


def is_class(value: object) -> TypeGuard[type]:
    """Whether a value is a class; Python 3.10 takes `list[int]` for one."""
    return isinstance(value, type) and not isinstance(value, GenericAlias)


def is_own(module: object) -> bool:
    """Whether a module name is one of zcompile's own."""
    return isinstance(module, str) and module.partition(".")[0] in OWN_PACKAGES


@cache
def is_versioned(module: str) -> bool:
    """Whether a change of a package's module always comes with another version of it."""
    if is_stdlib(module) or is_own(module):
        return True
    top = module.partition(".")[0]
    spec = getattr(sys.modules.get(top), "__spec__", None) or spec_of(top)
    if spec is None or not spec.has_location:
        return True
    return bool(distributions_of(module)) and not INSTALLED.isdisjoint(Path(spec.origin).parts)


def spec_of(top: str) -> Any:
    """How a top-level module would be imported; None if it cannot be."""
    try:
        return find_spec(top)
    except (ImportError, ValueError):
        return None


@cache
def _exists(file: str) -> bool:
    return Path(file).exists()


def is_generated(function: FunctionType, cls: type) -> bool:
    """Whether dataclass, namedtuple or attrs wrote a method, out of the class's fields."""
    return function.__code__.co_filename.startswith(("<string>", "<attrs ")) and any(
        marker in vars(cls) for marker in ("__dataclass_fields__", "_fields", "__attrs_attrs__")
    )


def _module_of(cls: type) -> ModuleType | None:
    """The module of a class; None if it is gone, or has put another object in its place."""
    found: object = sys.modules.get(cls.__module__)
    return found if isinstance(found, ModuleType) else None


def _method(cls: type) -> FunctionType | None:
    """A method that the text of a class defines; it knows the file even of a running script."""
    for item in vars(cls).values():
        if not isinstance(item, FunctionType) or is_generated(item, cls):
            continue
        if item.__qualname__ == f"{cls.__qualname__}.{item.__code__.co_name}":
            return item
    return None


def _attribute(value: object, path: str) -> object:
    for name in path.split("."):
        value = getattr(value, name, None)
    return value
