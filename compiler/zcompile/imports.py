"""Importing the user's files: from their own folder, read anew, their errors told as theirs."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import zruntime
from zruntime.diagnostics import Place
from zruntime.exceptions import CompileError, ZCompileError
from zruntime.materializers import scoped_registrations
from zruntime.project import Project

_OWN = (str(Path(__file__).parent), str(Path(zruntime.__file__).parent))
_HIDDEN = ("<frozen", str(Path(importlib.__file__).parent), *_OWN)


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
    path, writes = sys.path[:], sys.dont_write_bytecode
    aside = _take_users_modules()
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        with scoped_registrations():
            yield
    finally:
        _take_users_modules()
        sys.modules.update(aside)
        sys.path[:] = path
        sys.dont_write_bytecode = writes


def _take_users_modules() -> dict[str, ModuleType]:
    """Removes the modules that are neither installed nor Python's own, and returns them."""
    taken = {
        name: module
        for name, module in list(sys.modules.items())
        if name not in ("__main__", "__mp_main__") and is_users(getattr(module, "__file__", None))
    }
    for name in taken:
        del sys.modules[name]
    return taken


def is_users(file: str | None) -> bool:
    """Whether a file is source code that is neither installed, nor Python's or zcompile's own."""
    return bool(file) and Project(Path(Path(file or "").anchor)).is_local(file)


@contextmanager
def users_errors(file: Path) -> Iterator[None]:
    """A context which turns errors of the user's code into diagnostics.

    Args:
        file: The pipeline file, named where an error has no better place.

    Raises:
        CompileError: for an exception whose traceback leads into the user's files.
    """
    try:
        yield
    except ZCompileError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, SyntaxError) and is_users(error.filename):
            raise syntax_error(error) from None
        frames = traceback.extract_tb(error.__traceback__)
        if not any(is_users(frame.filename) for frame in frames):
            raise
        raise _raised(file, error, frames) from error


def syntax_error(error: SyntaxError) -> CompileError:
    """A syntax error in a user's file as a diagnostic."""
    place = Place(str(error.filename), error.lineno or 1, max(error.offset or 1, 1))
    return CompileError(
        f"Syntax error: {error.msg}.", remedy="Correct that line.", place=place, code="ZC402"
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
    return Place(last.filename, last.lineno or 1) if last else None


def _raised(file: Path, error: BaseException, frames: traceback.StackSummary) -> CompileError:
    """The user's own exception, told with the frames that are not ours."""
    shown = [frame for frame in frames if not frame.filename.startswith(_HIDDEN)]
    last = [frame for frame in shown if is_users(frame.filename)][-1]
    listed = "".join(traceback.StackSummary.from_list(shown).format()).rstrip()
    told = f": {error}" if str(error) else ""
    return CompileError(
        f"{file.name} raised {type(error).__name__} while it was compiled{told}\n{listed}\n",
        remedy="A file is imported when it is compiled; what must not run then belongs under "
        '`if __name__ == "__main__":`.',
        place=Place(last.filename, last.lineno or 1),
        code="ZC401",
    )
