"""Calling a function that may never return."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")


class NoAnswerError(Exception):
    """A function took too long."""


def within(seconds: float, function: Callable[[], T]) -> T:
    """What a function returns, if it does so in time.

    It is called in a thread, which is left behind when it takes too long: Python cannot stop it.

    Raises:
        NoAnswerError: if it takes longer.
        BaseException: whatever the function raises.
    """
    call = _Call(function)
    thread = threading.Thread(target=copy_context().run, args=(call.run,), daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise NoAnswerError
    return call.result()


class _Call(Generic[T]):
    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._returned: list[T] = []
        self._raised: BaseException | None = None

    def run(self) -> None:
        try:
            self._returned.append(self._function())
        except BaseException as error:
            self._raised = error

    def result(self) -> T:
        if self._raised is not None:
            raise self._raised
        return self._returned[0]
