"""The formats of stored artifacts that this version reads.

A list of its own, since looking a result up must not take the time to import the materializers.
"""

from __future__ import annotations

from typing import Final

from zruntime.freshness import fresh_entry
from zruntime.items import COLLECTED
from zruntime.spec import StepSpec
from zruntime.store import Entry, Store

FORMATS: Final = frozenset(
    {
        "cloudpickle/1",
        "composite/1",
        "dataclass/1",
        "json/1",
        "matplotlib/1",
        "numpy-class/1",
        "numpy-masked/1",
        "numpy-scalar/1",
        "numpy-text/1",
        "numpy/1",
        "pandas-pickle/1",
        "pandas/1",
        "path/1",
        "pil/1",
        "polars/1",
        "pyarrow/1",
        "pydantic/1",
        "scipy-sparse/1",
        "sklearn/1",
        "torch-module/1",
        "torch/1",
        COLLECTED,
    }
)
"""Those of the materializers in `zruntime.materializers`; a user's goes by its class's name."""


def usable_entry(store: Store, step: StepSpec, key: str) -> tuple[Entry | None, str]:
    """The stored result of a key that a step can use here.

    Returns:
        The entry, or None; and why one that is there is not used, in words.
    """
    entry, reason = fresh_entry(store, step, key)
    found = {ref.materializer for ref in entry.outputs.values()} if entry else ()
    unknown = sorted(name for name in found if name not in FORMATS and ":" not in name)
    if unknown:
        return None, f"this version of zcompile cannot read its result ({', '.join(unknown)})"
    return entry, reason
