"""Importing a user's module for its steps: runs that it asks for are noted, not executed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from zruntime.exceptions import ZCompileError, raise_all

_asked: ContextVar[list[Any] | None] = ContextVar("zruntime_loading", default=None)
_mistakes: ContextVar[list[ZCompileError] | None] = ContextVar("zruntime_mistakes", default=None)


def is_loading() -> bool:
    """Whether a user's module is being imported only for what it defines."""
    return _asked.get() is not None


def note_run(instance: Any) -> None:
    """Notes that the module asked for a run of this pipeline instance."""
    asked = _asked.get()
    if asked is not None:
        asked.append(instance)


def is_collecting() -> bool:
    """Whether mistakes in the module that is being imported are collected, not raised."""
    return _mistakes.get() is not None


def report(errors: Iterable[ZCompileError]) -> None:
    """Notes mistakes of the module that is being compiled, so that its import goes on.

    Raises:
        ZCompileError: the first one, with the others in its `also`, where none are collected.
    """
    mistakes = _mistakes.get()
    if mistakes is None:
        raise_all(errors)
    else:
        mistakes.extend(errors)


@contextmanager
def collecting_mistakes() -> Iterator[list[ZCompileError]]:
    """A context in which mistakes are noted in the list that it gives, and not raised."""
    mistakes: list[ZCompileError] = []
    token = _mistakes.set(mistakes)
    try:
        yield mistakes
    finally:
        _mistakes.reset(token)


@contextmanager
def noting_runs() -> Iterator[list[Any]]:
    """A context in which runs are noted in the list that it gives, and not executed."""
    asked: list[Any] = []
    token = _asked.set(asked)
    try:
        yield asked
    finally:
        _asked.reset(token)


class NotRun:
    """Stands for the results of a run in a module that is only loaded.

    Any use gives the same object again, so that a script which runs a pipeline and then reads its
    results loads to its end.
    """

    def __getattr__(self, name: str) -> NotRun:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> NotRun:
        return self

    def __getitem__(self, item: Any) -> NotRun:
        return self

    def __iter__(self) -> Iterator[NotRun]:
        return iter(())

    def __repr__(self) -> str:
        return "<a run that was not executed, since the module is only loaded>"
