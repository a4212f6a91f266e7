"""Where in the user's files something is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zruntime
from zruntime.diagnostics import Place

_OWN = (str(Path(__file__).parent.parent), str(Path(zruntime.__file__).parent))


def place_of(function: Callable[..., Any]) -> Place:
    """The line at which a function's definition starts, decorators included."""
    code = function.__code__
    return Place(code.co_filename, code.co_firstlineno)


def calling_place() -> Place | None:
    """The innermost line of the call stack that is not zcompile's own."""
    frame = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_OWN):
            return Place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return None
