"""Values as plain data for `digest_value`, with the code that they hold set aside."""

from __future__ import annotations

import contextvars
import dataclasses
import functools
import sys
import threading
import types
import typing
import weakref
from collections.abc import Callable, Iterable, Mapping
from enum import Enum, Flag
from pathlib import Path, PurePath
from types import FunctionType, ModuleType
from typing import Any, Final

from zruntime.distributions import is_stdlib
from zruntime.fingerprint.arrays import array_form
from zruntime.fingerprint.names import is_importer
from zruntime.fingerprint.origins import Origin, Origins, is_class, is_own
from zruntime.fingerprint.stdlib import iterator_form, reduced_form, stdlib_name, typing_form

MAX_DEPTH: Final = 100
STATELESS: Final = frozenset({"_thread", "threading", "logging", "_abc"})
"""Modules whose instances are tools of one process; a computation does not depend on them."""
BUILTIN_BASES: Final = (
    dict,
    list,
    tuple,
    set,
    frozenset,
    str,
    bytes,
    bytearray,
    int,
    float,
    complex,
)


class Former:
    """Forms one value.

    Attributes:
        code: Local functions, classes, modules and instances met, in the order of the form.
        opaque: Qualified names of the types of instances whose state cannot be compared.
        wrapped: Whether a package's wrapper was met, which may hold more than is seen.
        modules: Modules of the packages that define what was met.
        imports: Whether a function was met that can import any module.
        inside: Whether a path into the project was met.
    """

    def __init__(self, origins: Origins) -> None:
        self.origins = origins
        self.code: list[object] = []
        self.opaque: list[str] = []
        self.wrapped = False
        self.modules: set[str] = set()
        self.imports = False
        self.inside = False
        self._path: dict[int, int] = {}
        self._external_code = 0
        self._roots = _prefixes(origins.project.root)

    def form(self, value: Any) -> Any:
        """Plain data that is equal only for values which behave alike."""
        kind = type(value)
        if value is None or kind is bool or kind is float or kind is complex or kind is bytes:
            return value
        if kind is int:
            # Decimal text of huge numbers is refused by Python.
            return value if value.bit_length() < 4096 else ("int", hex(value))
        if kind is str:
            return self._text(value)
        if id(value) in self._path:
            return ("cycle", self._path[id(value)])
        if len(self._path) == MAX_DEPTH:
            self.opaque.append(f"more than {MAX_DEPTH} nested values")
            return ("deep", kind.__qualname__)
        self._path[id(value)] = len(self._path)
        try:
            return self._compound(value, kind)
        finally:
            del self._path[id(value)]

    def instance(self, value: object) -> Any:
        """The state of an instance of a local class, without its class."""
        return ("instance", self._content(value), self._pairs(sorted(_state(value).items())))

    def is_local_instance(self, value: object) -> bool:
        """Whether a value is an instance of one of the project's classes."""
        kind = type(value)
        return (
            not isinstance(value, (FunctionType, type, ModuleType, Enum))
            and not is_own(kind.__module__)
            and self.origins.of_class(kind) is Origin.LOCAL
        )

    def external(self, value: object) -> str | None:
        """The qualified name of code of other people; None for anything else."""
        if isinstance(value, ModuleType):
            return self._named(value.__name__, "")
        if isinstance(value, typing._SpecialForm):  # a class in some versions of Python
            return f"typing:{getattr(value, '_name', '')}"
        if is_class(value):
            # A class that some function made is more than its name.
            is_known = self.origins.of_class(value) is not Origin.PACKAGE or _is_importable(value)
            return self._named(value.__module__, value.__qualname__) if is_known else None
        if isinstance(value, FunctionType):
            wraps = value.__closure__ or "__wrapped__" in vars(value)
            return None if wraps else self._function_name(value)
        if isinstance(value, types.BuiltinFunctionType):
            is_method = not isinstance(value.__self__, (ModuleType, type, types.NoneType))
            return None if is_method else self._named(value.__module__, value.__qualname__)
        return None

    def _compound(self, value: Any, kind: type) -> Any:
        if self.origins.is_code(value):
            return self._code(value)
        name = self.external(value)
        if name is not None:
            self.imports = self.imports or is_importer(value)
            return ("external", name)
        for former in _FORMERS:
            found = former(self, value, kind)
            if found is not None:
                return found
        if kind.__module__.partition(".")[0] not in STATELESS and not self._external_code:
            self.opaque.append(f"{kind.__module__}.{kind.__qualname__}")
        name = getattr(value, "__qualname__", "") if is_class(value) else ""
        return ("opaque", self._named(kind.__module__, kind.__qualname__), name)

    def _code(self, value: object) -> Any:
        self.code.append(value)
        return ("code",)

    def _named(self, module: str | None, name: str) -> str:
        if module is not None and not is_own(module):
            self.modules.add(module)
        return stdlib_name(module, name) if module and is_stdlib(module) else f"{module}:{name}"

    def _function_name(self, value: FunctionType) -> str:
        # The code's own name: decorators copy another one over the function's.
        return self._named(str(value.__globals__.get("__name__", "")), value.__code__.co_name)

    def _text(self, value: str) -> str:
        for root in self._roots:
            if root in value or value == root[:-1]:
                value = f"{value}/".replace(root, "./")[:-1]
        return value

    def _pairs(self, items: Iterable[tuple[Any, Any]]) -> list[Any]:
        return [(self.form(key), self.form(item)) for key, item in items]

    def _own(self, value: Any, kind: type) -> Any:
        """zcompile's own objects do not count, but the function that a step wraps does."""
        if not (is_own(kind.__module__) or is_own(_attribute(value, "__module__"))):
            return None
        wrapped = _attribute(value, "__wrapped__")
        return ("own", None if wrapped is None else self.form(wrapped))

    def _function(self, value: Any, kind: type) -> Any:
        """A function of a package: it may be a decorator's, and hold one of the project's."""
        if kind is types.MethodType:
            return ("method", self.form(value.__func__), self.form(value.__self__))
        if kind is types.BuiltinFunctionType:
            return ("method", value.__qualname__, self.form(value.__self__))
        if kind is not FunctionType:
            return None
        registry = getattr(value, "registry", None)
        if isinstance(registry, Mapping) and hasattr(value, "dispatch"):
            ordered = sorted(registry.items(), key=lambda item: str(item[0].__qualname__))
            return ("dispatch", self._pairs(ordered))
        return ("function", self._function_name(value), self._inside(value))

    def _inside(self, value: FunctionType) -> Any:
        self.wrapped = self.wrapped or not is_stdlib(str(value.__globals__.get("__name__")))
        self._external_code += 1
        try:
            cells = [self.form(cell) for cell in closure(value).values()]
            return (cells, self.form(vars(value).get("__wrapped__")))
        finally:
            self._external_code -= 1

    def _container(self, value: Any, kind: type) -> Any:
        if kind is list or kind is tuple:
            return (kind.__name__, [self.form(item) for item in value])
        if kind is dict:
            return ("dict", self._pairs(value.items()))
        if kind is set or kind is frozenset:
            return (kind.__name__, self._unordered(value))
        if kind in (bytearray, memoryview):
            return (kind.__name__, bytes(value))
        if kind in (range, slice):
            return (kind.__name__, [value.start, value.stop, value.step])
        if kind is types.MappingProxyType:
            return ("dict", self._pairs(dict(value).items()))
        if value is Ellipsis or value is NotImplemented:
            return ("constant", repr(value))
        return None

    def _unordered(self, value: Iterable[Any]) -> list[Any]:
        found: list[tuple[str, Any, list[object]]] = []
        before = self.code
        for item in value:
            self.code = []
            form = self.form(item)
            names = [getattr(code, "__qualname__", type(code).__qualname__) for code in self.code]
            found.append((repr((form, names)), form, self.code))
        found.sort(key=lambda entry: entry[0])
        self.code = before + [code for _, _, codes in found for code in codes]
        return [form for _, form, _ in found]

    def _enum(self, value: Any, kind: type) -> Any:
        if not isinstance(value, Enum):
            return None
        # Of flags combined, only newer versions of Python tell a name.
        name = None if isinstance(value, Flag) else value.name
        return ("enum", self.form(kind), name, self.form(value._value_))

    def _wrapper(self, value: Any, kind: type) -> Any:
        if isinstance(value, (functools.partial, functools.partialmethod)):
            keywords = self._pairs(sorted(value.keywords.items()))
            return ("partial", self.form(value.func), self.form(tuple(value.args)), keywords)
        if isinstance(value, (staticmethod, classmethod)):
            return (kind.__name__, self.form(value.__func__))
        if isinstance(value, property):
            return ("property", [self.form(part) for part in (value.fget, value.fset, value.fdel)])
        if isinstance(value, functools.cached_property):
            return ("cached_property", self.form(value.func))
        if isinstance(value, functools.singledispatchmethod):
            return ("dispatch", self.form(value.dispatcher))
        if isinstance(value, weakref.ref):
            return ("reference", self.form(value()))
        if isinstance(value, contextvars.ContextVar):
            try:
                return ("variable", self.form(value.get()))
            except LookupError:  # it has neither a value nor a default
                return ("variable",)
        if isinstance(value, threading.local):
            return ("local", self._pairs(sorted(vars(value).items())))
        return None

    def _array(self, value: Any, kind: type) -> Any:
        return array_form(value, kind, self.form)

    def _typing(self, value: Any, kind: type) -> Any:
        return typing_form(value, kind, self.form)

    def _reduced(self, value: Any, kind: type) -> Any:
        return reduced_form(value, kind, self.form)

    def _iterator(self, value: Any, kind: type) -> Any:
        if kind is not types.GeneratorType:
            return iterator_form(value, kind, self.form)
        self.opaque.append("generator")  # where it stands, its statements tell
        frame = value.gi_frame
        return ("generator", frame and self._pairs(sorted(frame.f_locals.items())))

    def _path_like(self, value: Any, kind: type) -> Any:
        if not isinstance(value, PurePath):
            return None
        text = self._text(str(value))
        self.inside = self.inside or text != str(value)
        return ("path", text)

    def _instance(self, value: Any, kind: type) -> Any:
        return self._code(value) if self.is_local_instance(value) else None

    def _fields(self, value: Any, kind: type) -> Any:
        """A dataclass or pydantic model of a package."""
        if dataclasses.is_dataclass(kind):
            names = [item.name for item in dataclasses.fields(kind)]
        elif isinstance(getattr(kind, "__pydantic_fields__", None), Mapping):
            names = sorted(kind.__pydantic_fields__)  # type: ignore[attr-defined]
        else:
            return None
        state = [(name, getattr(value, name, None)) for name in names]
        return ("fields", self.form(kind), self._pairs(state))

    def _wrapped(self, value: Any, kind: type) -> Any:
        """An object that a package's decorator puts in a function's place."""
        attributes = _attribute(value, "__dict__")
        wrapped = attributes.get("__wrapped__") if isinstance(attributes, dict) else None
        name = self._named(kind.__module__, kind.__qualname__)
        if wrapped is not None:
            self.wrapped = self.wrapped or not is_stdlib(kind.__module__)
            return ("wrapper", name, self.form(wrapped))
        is_named = hasattr(kind, "__objclass__") or _is_importable(value)
        return ("callable", name, _attribute(value, "__qualname__")) if is_named else None

    def _subclass(self, value: Any, kind: type) -> Any:
        content = self._content(value)
        return None if content is None else ("subclass", self.form(kind), content)

    def _content(self, value: Any) -> Any:
        """What an instance of a subclass of a builtin type holds as such."""
        for base in BUILTIN_BASES:
            if isinstance(value, base):
                return self.form(_plain(value, base))
        return None


_FORMERS: Final[tuple[Callable[[Former, Any, type], Any], ...]] = (
    Former._own,
    Former._container,
    Former._function,
    Former._enum,
    Former._typing,
    Former._wrapper,
    Former._array,
    Former._iterator,
    Former._path_like,
    Former._instance,
    Former._fields,
    Former._reduced,
    Former._wrapped,
    Former._subclass,
)


def closure(function: FunctionType) -> dict[str, Any]:
    """The values of a function's free variables, without those not yet bound."""
    cells: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            cells[name] = cell.cell_contents
        except ValueError:
            continue
    return cells


def _plain(value: Any, base: Any) -> Any:
    if base is dict:
        return dict(dict.items(value))
    if base in (list, tuple, set, frozenset):
        return base(base.__iter__(value))
    return str.__str__(value) if base is str else base(value)


def _state(value: object) -> dict[str, Any]:
    """An instance's attributes, without what Python and pydantic keep for themselves."""
    state: dict[str, Any] = {}
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            mangled = f"_{kind.__name__.lstrip('_')}{name}"
            for slot in (name, mangled if name.startswith("__") else name):
                if hasattr(value, slot):
                    state[slot] = getattr(value, slot)
    state.update(getattr(value, "__dict__", {}))
    kept = {"__pydantic_extra__", "__pydantic_private__", "__wrapped__"}
    return {
        name: item
        for name, item in state.items()
        if name in kept or not (name.startswith("__") and name.endswith("__"))
    }


def _attribute(value: object, name: str) -> Any:
    """An attribute, or None: proxies raise whatever they like."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None


def _is_importable(value: object) -> bool:
    """Whether a class or callable is what its module holds under its name."""
    name = _attribute(value, "__qualname__") or _attribute(value, "__name__")
    module = _attribute(value, "__module__") or type(value).__module__
    if not (callable(value) and isinstance(name, str) and isinstance(module, str)):
        return False
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = _attribute(found, part)
    return found is value


@functools.cache
def _prefixes(root: Path) -> tuple[str, ...]:
    """What the paths below a project start with; nothing for a project at the root of a disk."""
    return tuple(sorted({f"{path}/" for path in (root.absolute(), root.resolve()) if path.name}))
