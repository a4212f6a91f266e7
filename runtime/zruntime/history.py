"""What the keys of a step's earlier results were made of, and so why one is missed now."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from zruntime.keys import Reason, explain, in_words
from zruntime.recorded import run_row
from zruntime.store import Store

if TYPE_CHECKING:
    from zruntime.codediff import CodeTexts
    from zruntime.planning import Explain

KEPT: Final = 8
"""How many earlier results of a step are kept for explanations."""

_ROWS: Final = "history/"

Parts = Mapping[str, Any]
"""What a key was made of, from `keys.describe_parts`."""


class History:
    """The earlier results of steps, by the names of their pipelines and their own.

    An instance of a mapped step has a name of its own, from `planning.instance_name`.

    Args:
        store: Where they are kept.
        code: Folder of the present code, for diffs: a project's root, or a code bundle.
    """

    def __init__(self, store: Store, code: Path | None = None) -> None:
        self._store = store
        self._code = code
        self._loaded = time.time()
        self._shared: dict[str, dict[str, list[Parts]]] = {}

    def parts(self, pipeline: str, name: str) -> list[Parts]:
        """The key parts of a step's earlier results, oldest first.

        Where it never ran, those of results that it shared with another pipeline or step.
        """
        rows = self._store.get(_row(pipeline, name)) or []
        return [row["parts"] for row in rows] or self._shared_parts(pipeline).get(name, [])

    def parts_of(self, pipeline: str, name: str, key: str) -> Parts:
        """What a key of a step was made of; empty if that is not kept any more."""
        rows = self._store.get(_row(pipeline, name)) or []
        return next((row["parts"] for row in rows if row["key"] == key), {})

    def _shared_parts(self, pipeline: str) -> dict[str, list[Parts]]:
        """The key parts of the steps that were cached in the newest runs, oldest first."""
        if pipeline not in self._shared:
            found: dict[str, list[Parts]] = defaultdict(list)
            newest = self._store.get(f"run-count/{pipeline}") or 0
            for number in range(max(1, newest - KEPT + 1), newest + 1):
                run = self._store.get(run_row(pipeline, number)) or {"steps": ()}
                for step in run["steps"]:
                    if step["parts"]:
                        found[step["name"]].append(step["parts"])
            self._shared[pipeline] = found
        return self._shared[pipeline]

    def remember(self, pipeline: str, name: str, key: str, parts: Parts) -> None:
        """Keeps the parts of a result's key."""
        kept: list[dict[str, Any]] = []
        dropped: list[dict[str, Any]] = []

        def remembered(rows: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
            if rows and rows[-1]["key"] == key:
                return None
            others = [item for item in rows or () if item["key"] != key]
            every = [*others, {"key": key, "parts": dict(parts)}]
            dropped[:], kept[:] = every[:-KEPT], every[-KEPT:]
            return kept

        self._store.update(_row(pipeline, name), remembered)
        if kept and self._texts:
            self._texts.keep(parts["code_parts"])
            for old in dropped:
                needed = [item["parts"]["code_parts"] for item in kept]
                self._texts.drop(old["parts"]["code_parts"], needed)

    def explainer(self, pipeline: str) -> Explain:
        """Tells why the keys of a pipeline's steps are missed."""
        return partial(self._explain, pipeline)

    def _explain(self, pipeline: str, name: str, parts: Parts, unusable: str = "") -> Reason:
        what = "instance" if name.endswith("]") else "step"
        reason = explain(parts, self.parts(pipeline, name), what, unusable)
        if all(change.part != "code" for change in reason.changes) or not self._texts:
            return reason
        changes = tuple(map(self._texts.detailed, reason.changes))
        text, diffs = in_words(changes), self._texts.diffs(changes)
        return replace(reason, text=text, changes=changes, diffs=diffs)

    @cached_property
    def _texts(self) -> CodeTexts | None:
        from zruntime.codediff import CodeTexts  # a run of cached steps needs none

        return CodeTexts(self._store, self._code, self._loaded) if self._code else None


def histories(store: Store) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """What is kept of the earlier results of each step and instance.

    Returns:
        By row: the name of pipeline and step with a slash between them, and the results.
    """
    return {row: (row.removeprefix(_ROWS), results) for row, results in store.items(_ROWS)}


def _row(pipeline: str, name: str) -> str:
    return f"{_ROWS}{pipeline}/{name}"
