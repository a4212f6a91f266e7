"""Importing the user's files: from their own folder, read anew, their errors told as theirs."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import zruntime
from zcompile.authoring.places import frame_place
from zcompile.problems import nearest
from zruntime.diagnostics import UNFORESEEN, Place
from zruntime.exceptions import CompileError, ZCompileError
from zruntime.materializers import scoped_registrations
from zruntime.project import Project

_OWN = tuple(f"{Path(str(file)).parent}{os.sep}" for file in (__file__, zruntime.__file__))
_HIDDEN = ("<frozen", f"{Path(importlib.__file__).parent}{os.sep}", contextlib.__file__, *_OWN)


def module_address(file: Path) -> tuple[str, Path]:
    """The name under which Python imports a file, and the folder it is imported from.

    A file in a package is a module of it; any other file is a top-level module of its folder, as
    when it is run as a script.
    """
    parts, folder = [file.stem], file.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts), folder


@contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """A context in which the folder is first on the path and users' modules are read anew.

    Two pipelines may each have a module `features` of their own, so what was imported before is
    set aside, and what is imported here is forgotten afterwards, with the materializers that it
    registered. No bytecode is written: it is told from its source by whole seconds, and would hide
    an edit made within the same one.
    """
    search, modules, writes = sys.path, sys.modules, sys.dont_write_bytecode
    path, emptied = search[:], _emptied(modules)
    aside = _take_users_modules()
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        with scoped_registrations():
            yield
    finally:
        sys.path, sys.modules = search, modules
        _take_users_modules()
        for name in _emptied(modules) - emptied:
            del modules[name]
        sys.modules.update(aside)
        sys.path[:] = path
        sys.dont_write_bytecode = writes


def _emptied(modules: Mapping[str, object]) -> set[str]:
    """The names that nobody may import: None stands in the place of their module."""
    return {name for name, module in modules.items() if module is None}


def _take_users_modules() -> dict[str, ModuleType]:
    """Removes the modules that are neither installed nor Python's own, and returns them."""
    taken = {
        name: module
        for name, module in list(sys.modules.items())
        if name not in ("__main__", "__mp_main__") and is_users(file_of(module))
    }
    for name in taken:
        del sys.modules[name]
    return taken


def file_of(module: object) -> str | None:
    """The file of a module, or None if it has none; an entry of `sys.modules` may be anything."""
    try:
        named = getattr(module, "__file__", None)
        found = getattr(getattr(module, "__spec__", None), "origin", None)
    except Exception:  # such as one that loads itself when it is used
        return None
    return next((file for file in (named, found) if isinstance(file, str)), None)


def is_users(file: str | None) -> bool:
    """Whether a file is source code that is neither installed, nor Python's or zcompile's own."""
    return bool(file) and Project(Path(Path(file or "").anchor)).is_local(file)


@contextmanager
def users_errors(file: Path) -> Iterator[None]:
    """A context which turns errors of the user's code into diagnostics.

    Args:
        file: The pipeline file, named where an error has no better place.

    Raises:
        ZCompileError: one of ours, with its place in the user's code where it has none.
        CompileError: for an exception whose traceback leads into the user's files.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, ZCompileError) and error.code != UNFORESEEN:
            raise error.at(users_place(error)) from None
        if isinstance(error, SyntaxError) and is_users(error.filename):
            raise syntax_error(error) from None
        place = users_place(error)
        if place is None:
            raise
        raise _raised(file, error, place) from error


def syntax_error(error: SyntaxError) -> CompileError:
    """A syntax error in a user's file as a diagnostic."""
    line, column = error.lineno or 1, max(error.offset or 1, 1)
    end = error.end_offset or 0
    on_one_line = error.end_lineno == error.lineno and end > column
    return CompileError(
        f"Syntax error: {error.msg}.",
        remedy="Correct that line.",
        place=Place(str(error.filename), line, column, end if on_one_line else None),
        code="ZC402",
    )


def users_traceback(error: BaseException) -> str:
    """The text of a traceback, and those of its causes, without the frames that are ours."""
    told = traceback.TracebackException.from_exception(error)
    waiting = [told]
    while waiting:
        part = waiting.pop()
        shown = [frame for frame in part.stack if not frame.filename.startswith(_HIDDEN)]
        part.stack = traceback.StackSummary.from_list(shown)
        waiting += filter(None, (part.__cause__, part.__context__))
    return "".join(told.format()).rstrip()


def users_place(error: BaseException) -> Place | None:
    """The innermost line of the user's own files that an exception came through."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if is_users(frame.filename)), None)
    return frame_place(last) if last else None


def _raised(file: Path, error: BaseException, place: Place) -> CompileError:
    """The user's own exception; its traceback is told where one line does not tell all."""
    frames = traceback.extract_tb(error.__traceback__)
    shown = [frame for frame in frames if not frame.filename.startswith(_HIDDEN)]
    first, _, rest = _text_of(error).partition("\n")
    told = f": {first}" if first else ""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    is_plain = len(shown) == 1 and not rest and cause is None
    remedy, suggestion = _advice(error)
    return CompileError(
        f"{file.name} raised {type(error).__name__} while it was compiled{told}",
        remedy=remedy,
        suggestion=suggestion,
        place=place,
        code="ZC401",
        details="" if is_plain else users_traceback(error),
    )


def _text_of(error: BaseException) -> str:
    if isinstance(error, ZCompileError):
        return error.message
    try:
        return str(error)
    except Exception:  # a user's own method may raise anything
        return ""


def _advice(error: BaseException) -> tuple[str, str]:
    """What can be done about an exception of the user's, and the name that was meant."""
    if isinstance(error, ModuleNotFoundError):
        remedy = f"Install the package that provides `{error.name}` here, or correct the import."
        known = {*sys.stdlib_module_names, *packages_distributions()}
        return remedy, nearest(str(error.name), known - {error.name})
    if isinstance(error, ImportError) and "circular import" in str(error):
        return "Two modules import each other: move what both need into a third one.", ""
    if isinstance(error, SystemExit):
        remedy = 'A call that ends the process belongs under `if __name__ == "__main__":`.'
        return remedy, ""
    remedy = (
        "A file is imported, and the bodies of its pipelines are run, when it is compiled. What "
        'must not run then belongs into a step, or under `if __name__ == "__main__":`.'
    )
    meant = _meant(error)
    return "" if meant else remedy, meant


def _meant(error: BaseException) -> str:
    """The name nearest to the one that a NameError or AttributeError did not find."""
    name, known = getattr(error, "name", None), set[str]()
    if not isinstance(name, str):
        return ""
    if isinstance(error, NameError):
        frame = [*traceback.walk_tb(error.__traceback__)][-1][0]
        known = {*frame.f_locals, *frame.f_globals, *vars(builtins)}
    elif isinstance(error, AttributeError):
        with suppress(Exception):  # a user's own `__dir__` may raise anything
            known = {*map(str, dir(error.obj))}
    return nearest(name, known - {name})
