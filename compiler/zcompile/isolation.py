"""Keeps what users' files do while they are compiled away from the command's own output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress

STDOUT, STDERR = 1, 2


@contextmanager
def undisturbed() -> Iterator[None]:
    """A context in which all that is printed goes to stderr, and whose end is in the same folder.

    What bypasses Python's `sys.stdout`, such as the output of a library in C or of another process,
    goes there too.
    """
    folder = os.getcwd()  # noqa: PTH109
    with ExitStack() as stack:
        stack.callback(os.chdir, folder)
        stack.enter_context(_descriptor_to_stderr())
        stack.enter_context(redirect_stdout(sys.stderr))
        yield


@contextmanager
def _descriptor_to_stderr() -> Iterator[None]:
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    try:
        saved = os.dup(STDOUT)
    except OSError:  # it is closed
        yield
        return
    try:
        with suppress(OSError):
            os.dup2(STDERR, STDOUT)
        yield
    finally:
        with suppress(OSError, ValueError, AttributeError):
            sys.__stdout__.flush()  # type: ignore[union-attr]
        os.dup2(saved, STDOUT)
        os.close(saved)
