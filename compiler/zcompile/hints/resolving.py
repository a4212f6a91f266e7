"""Reading annotations: forward references, postponed evaluation, names that nothing is known by.

What a name stands for may be known to type checkers only, as below ``if TYPE_CHECKING:``. Such a
part of an annotation is `Unresolved`; the rest of it is still read.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import inspect
import linecache
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from operator import getitem
from types import ModuleType
from typing import Annotated, Any, ForwardRef, Literal, NoReturn, Union, get_args, get_origin

from msgspec import Struct
from typing_extensions import Format, get_annotations


class Unresolved:
    """A part of an annotation whose meaning is not known; it fits everything."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __getattr__(self, name: str) -> Unresolved:
        if name.startswith("__"):
            raise AttributeError(name)
        return Unresolved(f"{self.text}.{name}")

    def __getitem__(self, item: Any) -> Unresolved:
        return Unresolved(f"{self.text}[...]")

    def __or__(self, other: Any) -> Any:
        return Union.__getitem__((self, other))

    def __ror__(self, other: Any) -> Any:
        return Union.__getitem__((other, self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unresolved) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __call__(self, *args: Any) -> NoReturn:
        # Python 3.10 lets only what can be called stand in a Union.
        raise TypeError(f"{self.text} is a part of an annotation")

    def __repr__(self) -> str:
        return self.text


class Scope:
    """The names that the annotations of a function may use.

    Args:
        function: The function.
        guarded: Whether the imports below the module's ``if TYPE_CHECKING:`` are made for names
            that are not known otherwise.
    """

    def __init__(self, function: Callable[..., Any], *, guarded: bool = False) -> None:
        inner = inspect.unwrap(function)
        self._function = function
        self._globals: dict[str, Any] = inner.__globals__
        self._file: str = inner.__code__.co_filename
        self._guarded = guarded
        cells = zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=True)
        self._own = {name: cell for name, cell in cells if _is_set(cell)}
        self._parameters = {item.__name__: item for item in getattr(inner, "__type_params__", ())}

    def annotations(self) -> dict[str, Any]:
        """The function's annotations, not resolved yet."""
        return dict(get_annotations(self._function, format=Format.FORWARDREF))

    def resolved(self, hint: Any) -> Any:
        """An annotation with its strings and forward references, on all levels, replaced."""
        return self._resolved(hint, ())

    def __getitem__(self, name: str) -> Any:
        if name in self._own:
            return self._own[name].cell_contents
        for names in (self._parameters, self._globals, vars(builtins)):
            if name in names:
                return names[name]
        return self._import_guarded(name) if self._guarded else Unresolved(name)

    def _resolved(self, hint: Any, inside: tuple[str, ...]) -> Any:
        text = _text_of(hint)
        if text is None:
            return _with_parts(hint, lambda part: self._resolved(part, inside))
        if text in inside:
            return Any  # An alias that names itself, such as that of JSON's values.
        try:
            found = eval(text, self._globals, self)  # type: ignore[arg-type]
        except Exception:  # an annotation may be any expression
            return Unresolved(text)
        return found if isinstance(found, Unresolved) else self._resolved(found, (*inside, text))

    def _import_guarded(self, name: str) -> Any:
        found = _guarded_imports("".join(linecache.getlines(self._file))).get(name)
        if found is None:
            return Unresolved(name)
        try:
            return found.load(self._globals.get("__package__") or "")
        except Exception:  # whatever a module raises that is only meant for type checkers
            return Unresolved(name)


def unresolved_parts(hint: Any) -> list[str]:
    """The parts of an annotation that nothing is known by: unknown names, and what is no type."""
    if type(hint) is type:
        return []  # most are plain classes
    if _is_readable(hint):
        origin, parts = get_origin(hint), get_args(hint)
        if origin is Literal:
            return []
        parts = parts[:1] if origin is Annotated else parts
        return [text for part in _flat(parts) for text in unresolved_parts(part)]
    if inspect.isroutine(hint):
        return [f"{hint.__module__}.{hint.__qualname__}"]
    return [hint.__name__ if isinstance(hint, ModuleType) else repr(hint)]


def known(hint: Any) -> Any:
    """An annotation with Any in the place of each part that nothing is known by."""
    return _with_parts(hint, known) if _is_readable(hint) else Any


def _is_readable(hint: Any) -> bool:
    return not (
        isinstance(hint, (Unresolved, str, ForwardRef, ModuleType)) or inspect.isroutine(hint)
    )


def _flat(parts: tuple[Any, ...]) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, list):
            yield from part
        else:
            yield part


def _is_set(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _text_of(hint: Any) -> str | None:
    """The source of an annotation, or of a part of one, that was not evaluated."""
    if isinstance(hint, ForwardRef):
        return hint.__forward_arg__
    if isinstance(hint, Unresolved):
        return hint.text
    return hint if isinstance(hint, str) else None


def _with_parts(hint: Any, change: Callable[[Any], Any]) -> Any:
    """An annotation with its parts changed; the same object if they stay as they are."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is None or origin is Literal or not parts:
        return hint
    if origin is Annotated:
        parts = parts[:1]
    changed = tuple(
        [change(i) for i in part] if isinstance(part, list) else change(part) for part in parts
    )
    if all(new is old or new == old for new, old in zip(changed, parts, strict=True)):
        return hint
    try:
        if origin is Annotated:
            return getitem(Annotated, (changed[0], *hint.__metadata__))
        if hasattr(origin, "__class_getitem__"):
            return origin[changed]
        return Union.__getitem__(changed)
    except TypeError:
        return Unresolved(str(hint))


class _Import(Struct, frozen=True):
    """An import statement's name: a module, or an attribute of one."""

    module: str
    attribute: str = ""
    level: int = 0

    def load(self, package: str) -> Any:
        name = importlib.util.resolve_name("." * self.level + self.module, package)
        module = importlib.import_module(name)
        if not self.attribute:
            return module
        try:
            return getattr(module, self.attribute)
        except AttributeError:
            return importlib.import_module(f"{name}.{self.attribute}")


@lru_cache(maxsize=32)
def _guarded_imports(text: str) -> Mapping[str, _Import]:
    """What a module imports below ``if TYPE_CHECKING:``, by the name it gets."""
    found: dict[str, _Import] = {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return found
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for statement in node.body:
                found.update(_imports(statement))
    return found


def _imports(statement: ast.stmt) -> Iterator[tuple[str, _Import]]:
    if isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            module = statement.module or ""
            yield alias.asname or alias.name, _Import(module, alias.name, statement.level)
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            top = alias.name.partition(".")[0]
            yield alias.asname or top, _Import(alias.name if alias.asname else top)
