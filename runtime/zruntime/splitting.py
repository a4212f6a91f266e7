"""Splitting a stored list into its items, so that a step can be mapped over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zruntime.exceptions import StepInterfaceError
from zruntime.items import known_items, remember_items
from zruntime.materializers import store_value
from zruntime.spec import OutputRef
from zruntime.store import ArtifactRef, Store


def split(
    store: Store,
    source: OutputRef,
    ref: ArtifactRef,
    load: Callable[[OutputRef, ArtifactRef], Any],
    fingerprint_types: Callable[[frozenset[Any]], str],
) -> tuple[ArtifactRef, ...]:
    """The items of a list, which are stored one by one unless they are already.

    Args:
        store: Holds the list.
        source: The output that it is, for messages.
        ref: The list.
        load: Reads an artifact that is an output.
        fingerprint_types: Gives the digest of the code of those classes that are project-local.

    Raises:
        StepInterfaceError: if it is no list or tuple.
        Exception: whatever `load` raises.
    """
    known = known_items(store, ref)
    if known is not None:
        return known
    value = load(source, ref)
    if not isinstance(value, (list, tuple)):
        raise StepInterfaceError(
            f"Output `{source.output}` of step `{source.step}` is mapped over, and is a "
            f"{type(value).__name__}.",
            remedy="Return a list or a tuple.",
            code="ZC175",
        )
    items = tuple(store_value(store, item, fingerprint_types=fingerprint_types) for item in value)
    remember_items(store, ref, items)
    return items
