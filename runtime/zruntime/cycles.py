"""Python's search for cycles of objects, which a compile and a plan do without."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collections() -> Iterator[None]:
    """A context without garbage collections.

    A compile, a plan and a reading of the store keep what they make until their end, so collections
    would free nothing, and take a tenth to a fifth of their time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
