"""What a reference stands for, looked up in live modules."""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from zruntime.diagnostics import Place
from zruntime.fingerprint.bindings import Import
from zruntime.fingerprint.origins import Origin, Origins, spec_of
from zruntime.fingerprint.references import Reference

MISSING: Final = object()
MAX_REEXPORTS: Final = 20
SYSTEM_NAMES: Final = frozenset(
    [
        "__name__",
        "__file__",
        "__doc__",
        "__package__",
        "__spec__",
        "__path__",
        "__loader__",
        "__cached__",
        "__builtins__",
        "__annotations__",
        "__warningregistry__",
    ]
)
"""What the import system puts into every module; it says where a module is, not what it does."""


class Scope(Struct, frozen=True):
    """Where the names of a piece of code are looked up.

    Attributes:
        names: The module's namespace.
        place: The first line of the code.
        owner: What people call the function whose variables `cells` holds.
        cells: The free variables of a nested function.
        cls: The class whose text the code is.
    """

    names: dict[str, Any]
    place: Place
    owner: str = ""
    cells: Mapping[str, Any] = field(default_factory=dict)
    cls: type | None = None

    @property
    def module(self) -> str:
        """The module's name."""
        return str(self.names.get("__name__", ""))


IMPORTERS: Final = frozenset(
    [
        ("builtins", "__import__"),
        ("importlib", "import_module"),
        ("importlib.util", "find_spec"),
        ("importlib.util", "spec_from_file_location"),
        ("_frozen_importlib_external", "spec_from_file_location"),
        ("inspect", "getmodule"),
        ("pkgutil", "iter_modules"),
        ("pkgutil", "resolve_name"),
        ("pkgutil", "walk_packages"),
        ("pydoc", "locate"),
        ("runpy", "run_module"),
        ("runpy", "run_path"),
    ]
)
"""Functions of Python that find a module by its name or path."""


def is_importer(value: object) -> bool:
    """Whether a value is one of the functions that can import any module."""
    name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    return isinstance(value, (FunctionType, BuiltinFunctionType)) and name in IMPORTERS


class Found(Struct, frozen=True):
    """What a reference stands for.

    Attributes:
        value: The object.
        names: The namespace it was taken from; None for a closure cell or an attribute.
        name: The name it has there.
        rest: Number of attributes of the reference that are read from the object itself.
        cell: The free variable that held it, if one did.
        external: The first module of a package or of Python on the way to the object. What lies
            behind it depends on what else is imported, so the fingerprint names nothing more.
    """

    value: Any
    names: dict[str, Any] | None = None
    name: str = ""
    rest: int = 0
    cell: str = ""
    external: str = ""


def find(reference: Reference, scope: Scope, origins: Origins) -> Found | None:
    """The object that a reference stands for, following attributes of modules.

    Returns:
        None for names that are bound nowhere.

    Raises:
        ImportError: if a module of the project that a function imports cannot be imported.
    """
    root = reference.chain[0]
    if reference.source is not None:
        found = find_import(reference.source, scope, origins)
    elif root in scope.cells:
        found = Found(scope.cells[root], cell=root)
    elif root in scope.names:
        found = Found(scope.names[root], scope.names, root)
    else:
        value = getattr(builtins, root, MISSING)
        found = None if value is MISSING else Found(value)
    for position, name in enumerate(reference.chain[1:], start=1):
        if found is None:
            return None
        external = found.external or _external(found.value, origins)
        following = _attribute(found, name, origins)
        if following is None:
            return replace(found, rest=len(reference.chain) - position, external=external)
        found = _behind(following, external) if following.value is not MISSING else None
    if found is not None and not found.external:
        return _behind(found, _external(found.value, origins))
    return found


def _behind(found: Found, external: str) -> Found:
    """The same, found by way of a module of a package or of Python if there is one."""
    if not external:
        return found
    return Found(found.value, found.names, found.name, found.rest, found.cell, external)


def find_import(source: Import, scope: Scope, origins: Origins) -> Found | None:
    """What an import statement of a function binds.

    Modules of packages are not imported.

    Raises:
        ImportError: if a module of the project cannot be imported.
    """
    name = absolute_name(source, scope.names)
    if name is None:
        return None
    loaded: object = sys.modules.get(name)
    if loaded is not None and not isinstance(loaded, ModuleType):
        # A module that has put another object in its place.
        value = loaded if source.name is None else getattr(loaded, source.name, MISSING)
        return None if value is MISSING else Found(value)
    if not _is_local(name, origins):
        return _find_external(name, source) if _is_installed(name) else None
    module = import_local(name)
    if source.name is None:
        root = sys.modules[source.root] if source.level == 0 else module
        return Found(root)
    if not hasattr(module, source.name) and hasattr(module, "__path__"):
        return Found(import_local(f"{name}.{source.name}"))
    value = getattr(module, source.name, MISSING)
    return None if value is MISSING else Found(value, vars(module), source.name)


def imported_module(source: Import, scope: Scope, origins: Origins) -> ModuleType | None:
    """The module of the project that an import statement of a function names, if it is one."""
    name = absolute_name(source, scope.names)
    if name is None or not _is_local(name, origins):
        return None
    try:
        return import_local(name)
    except ImportError:
        return None


def _find_external(name: str, source: Import) -> Found:
    loaded = sys.modules.get(name)
    if source.name is None:
        return Found(loaded, external=name)
    value = getattr(loaded, source.name, None)
    return Found(value, {"__name__": f"{name}.{source.name}"}, external=name)


def import_local(name: str) -> ModuleType:
    """Imports a module of the project.

    Raises:
        ImportError: whatever the module itself raises.
    """
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ImportError(f"{type(error).__name__}: {error}", name=name) from error


def absolute_name(source: Import, names: Mapping[str, Any]) -> str | None:
    """The full name of an imported module; None for a relative import outside of a package."""
    if source.level == 0:
        return source.module
    package = names.get("__package__") or ""
    parts = package.split(".") if package else []
    if source.level > len(parts):
        return None
    base = parts[: len(parts) - source.level + 1]
    return ".".join([*base, source.module] if source.module else base)


def definition(names: dict[str, Any], name: str, origins: Origins) -> tuple[dict[str, Any], str]:
    """The namespace and name under which a module-level value was first bound.

    Follows `from features import SCALE as FACTOR` to where the value comes from.
    """
    for _ in range(MAX_REEXPORTS):
        source = origins.source_of(names)
        links = source.links(name) if source else ()
        for link in links:
            module = sys.modules.get(absolute_name(link, names) or "")
            target = name if link.name == "*" else link.name
            if target and module and vars(module).get(target, MISSING) is names.get(name):
                names, name = vars(module), target
                break
        else:
            break
    return names, name


def _attribute(found: Found, name: str, origins: Origins) -> Found | None:
    """An attribute that belongs to the reference; None if the object as a whole is meant."""
    value = found.value
    if isinstance(value, ModuleType):
        if name == "__dict__":
            return None
        if name in SYSTEM_NAMES and origins.of_module(value) is Origin.LOCAL:
            return Found(None, vars(value), name)
        try:
            attribute = getattr(value, name, MISSING)
        except Exception:
            attribute = MISSING
        if attribute is MISSING and origins.of_module(value) is not Origin.LOCAL:
            return None
        return Found(attribute, vars(value), name)
    is_local = isinstance(value, FunctionType) and origins.of_function(value) is Origin.LOCAL
    if is_local and name in vars(value) and name != "__wrapped__":
        return Found(vars(value)[name])
    return None


def _external(value: object, origins: Origins) -> str:
    if isinstance(value, ModuleType) and origins.of_module(value) is not Origin.LOCAL:
        return value.__name__
    return ""


def _is_local(name: str, origins: Origins) -> bool:
    top = name.partition(".")[0]
    module = sys.modules.get(top)
    if isinstance(module, ModuleType):
        return origins.of_module(module) is Origin.LOCAL
    spec = spec_of(top)
    folders = (spec and spec.submodule_search_locations) or ()
    files = [spec and spec.origin, *(f"{folder}/__init__.py" for folder in folders)]
    return any(origins.project.is_local(file) for file in files)


def _is_installed(name: str) -> bool:
    return name in sys.modules or spec_of(name.partition(".")[0]) is not None
