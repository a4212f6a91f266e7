"""The items of lists that steps are mapped over: each one is an artifact with its own digest.

A row of the store holds the references of a list's items under the list's content digest. A list
that a step returned is an artifact of its own beside its items; one that the instances of a mapped
step make together has no bytes but theirs, and takes its digest from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from zruntime.exceptions import ArtifactMissingError, StepInterfaceError
from zruntime.hashing import combine
from zruntime.spec import StepSpec
from zruntime.store.base import ArtifactRef

COLLECTED: Final = "items/1"
"""The materializer of a list that consists of its items."""

_ROWS: Final = "items/"


class Rows(Protocol):
    """The part of a store that lists are kept in; see `Store`."""

    def get(self, row: str) -> Any | None:
        """The JSON value of a row, or None."""

    def put(self, row: str, value: Any) -> None:
        """Writes a row of plain JSON data."""

    def delete(self, row: str) -> None:
        """Removes a row."""

    def publish(self, row: str, value: Any) -> None:
        """Writes a row for other hosts."""

    def published(self, row: str) -> Any | None:
        """A row that some host has published, or None."""

    def items(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """Names and values of the rows whose names start with `prefix`."""


def collected(items: Sequence[ArtifactRef]) -> ArtifactRef:
    """The list that these items make."""
    return ArtifactRef(
        digest=combine(item.content for item in items),
        size=sum(item.size for item in items),
        type="builtins:list",
        materializer=COLLECTED,
        metadata={"items": len(items)},
    )


def collected_outputs(
    step: StepSpec, instances: Sequence[Mapping[str, ArtifactRef]]
) -> dict[str, ArtifactRef]:
    """The outputs of a mapped step from those of its instances."""
    return {name: collected([outputs[name] for outputs in instances]) for name in step.outputs}


def known_items(store: Rows, ref: ArtifactRef) -> tuple[ArtifactRef, ...] | None:
    """The items of a list, or None if the store does not list them; no artifact is read."""
    found = store.get(_row(ref))
    if found is None:
        found = store.published(_row(ref))
    return None if found is None else tuple(map(ArtifactRef.from_json, found))


def items_of(store: Rows, ref: ArtifactRef) -> tuple[ArtifactRef, ...]:
    """The items of a list.

    Raises:
        ArtifactMissingError: if the store does not list them.
    """
    items = known_items(store, ref)
    if items is None:
        raise ArtifactMissingError(
            f"The items of list {ref.digest[:12]} are not listed in the store any more.",
            remedy="The step that made them will be computed again.",
            code="ZC610",
        )
    return items


def remember_items(store: Rows, ref: ArtifactRef, items: Sequence[ArtifactRef]) -> None:
    """Lists the items of a list in the store."""
    listed = [item.to_json() for item in items]
    store.put(_row(ref), listed)
    store.publish(_row(ref), listed)


def forget_items(store: Rows, content: str) -> None:
    """Has the items of the list with this content digest made again, since one of them is lost."""
    store.delete(f"{_ROWS}{content}")
    store.publish(f"{_ROWS}{content}", None)


def item_lists(store: Rows) -> dict[str, frozenset[str]]:
    """The digests of the items of each list, by the list's content digest."""
    return {
        row.removeprefix(_ROWS): frozenset(item["digest"] for item in items)
        for row, items in store.items(_ROWS)
    }


def instance_inputs(
    step: StepSpec,
    inputs: Mapping[str, ArtifactRef],
    items: Mapping[str, Sequence[ArtifactRef]],
) -> list[dict[str, ArtifactRef]]:
    """The inputs of each instance of a mapped step: those mapped are taken item by item.

    Args:
        step: The step.
        inputs: The inputs that each instance takes whole.
        items: The items of each mapped input.

    Raises:
        StepInterfaceError: if the lists differ in their lengths.
    """
    lengths = {name: len(found) for name, found in items.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"`{name}` has {length}" for name, length in lengths.items())
        raise StepInterfaceError(
            f"Step `{step.name}` is mapped over lists of different lengths: {told}.",
            remedy="Lists that are mapped together are taken item by item, so they must be of one "
            "length. Pass a list whole with `unmapped(...)`.",
            code="ZC174",
        )
    names = tuple(items)
    rows = zip(*items.values(), strict=True)
    return [{**inputs, **dict(zip(names, row, strict=True))} for row in rows]


def _row(ref: ArtifactRef) -> str:
    return f"{_ROWS}{ref.content}"
