"""Where in the user's files something is written: live objects and calls to lines and columns.

Lines come from code objects; what they do not know is looked up in the syntax tree of the file,
and only when a mistake is told.
"""

from __future__ import annotations

import ast
import contextlib
import linecache
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from traceback import FrameSummary
from types import CodeType, FrameType
from typing import Any

from msgspec import Struct, field

import zruntime
from zruntime.diagnostics import Place

_OWN = tuple(
    f"{Path(str(module)).parent}{os.sep}" for module in (Path(__file__).parent, zruntime.__file__)
)
_BETWEEN = contextlib.__file__
"""Stands between our code and a user's where a context manager of ours raises."""

_Definition = ast.FunctionDef | ast.AsyncFunctionDef


def place_of(function: Callable[..., Any]) -> Place:
    """The name in a function's definition."""
    code = function.__code__
    definition = _definition(code)
    if definition is None:
        return Place(code.co_filename, code.co_firstlineno)
    return _name_place(code.co_filename, definition.lineno, definition.col_offset, definition.name)


def parameter_place(function: Callable[..., Any], name: str) -> Place:
    """A parameter, with its annotation, in a function's definition."""
    definition = _definition(function.__code__)
    if definition is not None:
        arguments = definition.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        for argument in (*every, arguments.vararg, arguments.kwarg):
            if argument is not None and argument.arg == name:
                return span(function.__code__.co_filename, argument)
    return place_of(function)


def return_place(function: Callable[..., Any]) -> Place:
    """The return annotation in a function's definition."""
    definition = _definition(function.__code__)
    if definition is None or definition.returns is None:
        return place_of(function)
    return span(function.__code__.co_filename, definition.returns)


def output_place(function: Callable[..., Any], name: str, index: int) -> Place:
    """The annotation of one output; the whole return annotation where it is not found there.

    Args:
        function: The function.
        name: The output's name, as it may be a keyword of ``Output(...)``.
        index: Its position, as it may be an item of ``Tuple[...]``.
    """
    definition = _definition(function.__code__)
    returns = definition.returns if definition else None
    found: ast.expr | None = None
    if isinstance(returns, ast.Call):
        found = next((item.value for item in returns.keywords if item.arg == name), None)
    elif isinstance(returns, ast.Subscript) and isinstance(returns.slice, ast.Tuple):
        items = returns.slice.elts
        likely = (*items[index : index + 1], *items)
        found = next((item for item in likely if _names(item, name)), None)
    return span(function.__code__.co_filename, found) if found else return_place(function)


def _names(node: ast.expr, name: str) -> bool:
    """Whether a string of that text stands in an expression."""
    parts = ast.walk(node)
    return any(isinstance(part, ast.Constant) and part.value == name for part in parts)


def field_place(cls: type, name: str) -> Place | None:
    """The definition of a class's field, in the class or the base of the user's that holds it."""
    for base in cls.__mro__:
        file = getattr(sys.modules.get(base.__module__), "__file__", None)
        found = _index(file).classes.get(base.__name__) if file else None
        for item in found.body if found else ():
            target = getattr(item, "target", None)
            if isinstance(target, ast.Name) and target.id == name:
                return span(str(file), item)
    return None


class Position(Struct, frozen=True):
    """Where code is being executed.

    Attributes:
        code: The code.
        instruction: The offset of its instruction, in bytes.
        line: That of its source, counted from 1.
    """

    code: CodeType
    instruction: int
    line: int

    @property
    def place(self) -> Place:
        """The place of the expression; its line is read for the columns."""
        code = self.code
        line, end_line, start, end = _positions(code)[self.instruction // 2]
        if line is None or start is None or end is None:
            return Place(code.co_filename, self.line)
        text = linecache.getline(code.co_filename, line)
        last = _column_in(text, end) if line == end_line else None
        return Place(code.co_filename, line, _column_in(text, start), last)


def calling_position() -> Position | None:
    """The call that is being made at the innermost line of the stack that is not zcompile's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file != _BETWEEN and not file.startswith(_OWN):
            return Position(frame.f_code, frame.f_lasti, frame.f_lineno)
        frame = frame.f_back
    return None


def calling_place() -> Place | None:
    """The place of `calling_position`."""
    position = calling_position()
    return position.place if position else None


def argument_place(call: Place | None, name: str, position: int | None = None) -> Place | None:
    """The value of an argument of the call at a place; the call itself if it is not found there.

    Args:
        call: Where the call is.
        name: The argument's keyword.
        position: Its index among the positional arguments, if it may be one.
    """
    found = _call_at(call) if call else None
    if call is None or found is None:
        return call
    values = [item.value for item in found.keywords if item.arg == name]
    if not values and position is not None:
        values = found.args[position : position + 1]
    return span(call.file, values[0]) if values else call


def value_place(call: Place | None, keyword: str) -> Place | None:
    """The value of a keyword of the call at a place, or of a call among its arguments."""
    found = _call_at(call) if call else None
    for node in ast.walk(found) if found else ():
        if call is not None and isinstance(node, ast.keyword) and node.arg == keyword:
            return span(call.file, node.value)
    return None


def keyword_place(call: Place | None, name: str) -> Place | None:
    """The keyword of that name in the call at a place; the call itself if it is not found there."""
    found = _call_at(call) if call else None
    for item in found.keywords if found else ():
        if call is not None and item.arg == name:
            return _name_place(call.file, item.lineno, item.col_offset, name)
    return call


def frame_place(frame: FrameSummary) -> Place:
    """Where the line of a traceback is; Python 3.10 does not know its columns."""
    line = frame.lineno or 1
    start, end = getattr(frame, "colno", None), getattr(frame, "end_colno", None)
    if start is None or end is None:
        return Place(frame.filename, line)
    on_one_line = getattr(frame, "end_lineno", line) == line
    last = _column(frame.filename, line, end) if on_one_line else None
    return Place(frame.filename, line, _column(frame.filename, line, start), last)


@lru_cache(maxsize=256)
def _positions(code: CodeType) -> tuple[tuple[int | None, int | None, int | None, int | None], ...]:
    """Line, last line, and byte offsets of each instruction; Python 3.10 does not know them."""
    if sys.version_info < (3, 11):
        return ((None, None, None, None),) * (len(code.co_code) // 2)
    return tuple(code.co_positions())


def _column(file: str, line: int, offset: int) -> int:
    """The column of a byte offset in a line."""
    return _column_in(linecache.getline(file, line), offset)


def _column_in(text: str, offset: int) -> int:
    return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="ignore")) + 1


def span(file: str, node: Any) -> Place:
    """The place of a node of a syntax tree."""
    line, last = node.lineno, node.end_lineno
    end = _column(file, line, node.end_col_offset) if line == last else None
    return Place(file, line, _column(file, line, node.col_offset), end)


def _name_place(file: str, line: int, offset: int, name: str) -> Place:
    """The first occurrence of a name in a line, from a byte offset on."""
    start = _column(file, line, offset)
    found = linecache.getline(file, line).find(name, start - 1)
    return Place(file, line, found + 1, found + 1 + len(name)) if found >= 0 else Place(file, line)


def _definition(code: CodeType) -> _Definition | None:
    known = _index(code.co_filename).definitions
    return known.get((code.co_firstlineno, code.co_name))


def _call_at(place: Place) -> ast.Call | None:
    """The call at a place; the first one on its line where its column is not known."""
    calls = _index(place.file).calls.get(place.line, [])
    exact = (call for call in calls if span(place.file, call) == place)
    return next(exact, calls[0] if calls and place.column == 1 else None)


class _Index(Struct, frozen=True):
    """What a file defines and calls, by line; decorators belong to their function."""

    definitions: dict[tuple[int, str], _Definition] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    calls: dict[int, list[ast.Call]] = field(default_factory=dict)


def _index(file: str) -> _Index:
    return _indexed("".join(linecache.getlines(file)))


@lru_cache(maxsize=32)
def _indexed(text: str) -> _Index:
    """The index of a source text; an empty one if it is no Python any more."""
    index = _Index()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return index
    for node in ast.walk(tree):
        if isinstance(node, _Definition):
            first = min(item.lineno for item in (node, *node.decorator_list))
            index.definitions[first, node.name] = node
        elif isinstance(node, ast.ClassDef):
            index.classes.setdefault(node.name, node)
        elif isinstance(node, ast.Call):
            index.calls.setdefault(node.lineno, []).append(node)
    return index
