"""What a page shows of an artifact: small plain data, made in little time however large it is.

A preview is a dict with a `kind`: "metric" (one `value`), "array" (`min`, `max`, `mean`, the
counts of a `histogram`, and the first elements, `head`; of the first `sample` elements only where
that is there), "table" (`columns` and the first `rows`), "image" (`src`, a data URL) or "text"
(`text`).
Whatever comes from a value in it is shown as text, never as markup.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final

HEAD: Final = 5
"""Rows of a table and elements of an array that are shown."""

COLUMNS: Final = 8
"""Columns of a table that are shown."""

_ITEMS: Final = 20
"""Items of a container that are shown."""

TEXT: Final = 200
"""Characters of a text that are shown."""

SCHEMA: Final = 50
"""Columns of a table of which the dtypes are told."""

CELL: Final = 32
"""Characters of a cell that are shown."""

SAMPLE: Final = 100_000
"""Elements that are looked at for the least and the greatest."""

BINS: Final = 16
"""Ranges of equal width between the least and the greatest whose elements are counted."""

_THUMBNAILS: Final = (("png", 96), ("jpeg", 96), ("jpeg", 48), ("png", 16))
"""Formats and pixels of thumbnails, the best first; one that is small enough is taken."""

_IMAGE_BYTES: Final = 2400

_EXACT_BITS: Final = 53
"""Integers of up to this length are the same numbers in a browser."""


def shortened(value: object, limit: int) -> str:
    """A value as text of at most `limit` characters."""
    if isinstance(value, (list, tuple, dict, set, frozenset, bytes, bytearray)):
        noun = "byte" if isinstance(value, (bytes, bytearray)) else "item"
        return f"{len(value)} {noun}{'' if len(value) == 1 else 's'}"
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(value: Any) -> Any:
    """A value as one JSON value: numbers as such where JSON has them, all else as short text."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        bits = value.bit_length()
        return int(value) if bits <= _EXACT_BITS else f"{bits} bits" if bits > 64 else str(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return shortened(value, CELL)


def of_items(value: Any, described: Callable[[Any], str] | None = None) -> dict[str, Any]:
    """The metadata of a container or an object: how many items it has, and the first ones.

    Args:
        value: A mapping, a sequence, a set, a model or a dataclass.
        described: Gives the text of an item; by default a number or short text.
    """
    count, items = _items(value)
    rows = [
        [plain(name), type(item).__name__, described(item) if described else plain(item)]
        for name, item in islice(items, _ITEMS)
    ]
    return {"items": count, "preview": of_table(["name", "type", "value"], rows)}


def _items(value: Any) -> tuple[int, Iterable[tuple[Any, Any]]]:
    if isinstance(value, Mapping):
        return len(value), value.items()
    if hasattr(value, "_fields"):
        return len(value), zip(value._fields, value, strict=False)
    if isinstance(value, Collection):
        return len(value), enumerate(value)
    fields = getattr(type(value), "model_fields", None) or value.__dataclass_fields__
    names = [name for name, field in fields.items() if field.repr]  # the others may be secret
    return len(fields), ((name, getattr(value, name, None)) for name in names)


def of_metric(value: float) -> dict[str, Any]:
    """The metadata of one number."""
    return {"value": plain(value), "preview": {"kind": "metric", "value": plain(value)}}


def of_scalar(value: Any) -> dict[str, Any]:
    """The metadata of a numpy scalar: its value as text, and as a metric if it is a number."""
    found: dict[str, Any] = {"value": shortened(value, TEXT)}
    number = value.dtype.kind in "biuf"
    metric = {"kind": "metric", "value": plain(value)}
    found["preview"] = metric if number else of_text(found["value"])
    return found


def of_text(text: str) -> dict[str, Any]:
    """A preview of text."""
    return {"kind": "text", "text": shortened(text, TEXT)}


def of_array(array: Any) -> dict[str, Any]:
    """The metadata of a numpy array or of what is like one: shape, dtype and a preview."""
    preview: dict[str, Any] = {"kind": "array"}
    sample = _first(array, SAMPLE)
    if sample.dtype.kind in "biuf" and sample.size:
        preview |= _summary(sample)
    if sample.size < array.size:
        preview["sample"] = sample.size
    preview["head"] = [plain(item) for item in sample[:HEAD].tolist()]
    return {"shape": list(array.shape), "dtype": str(array.dtype), "preview": preview}


def of_table(columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """A preview of a table.

    Args:
        columns: Names of its columns, the first 8 of which are shown.
        rows: The values of its first rows.
    """
    return {
        "kind": "table",
        "columns": [shortened(str(name), CELL) for name in columns[:COLUMNS]],
        "rows": [[plain(cell) for cell in row[:COLUMNS]] for row in rows],
    }


def of_image(image: Any) -> dict[str, Any]:
    """A preview of a PIL image: a thumbnail."""
    form, side = _THUMBNAILS[0]
    small = image.reduce(max(1, min(image.size) // (4 * side)))
    small = small.convert("RGBA").convert("RGB") if small.mode == "P" else small.convert("RGB")
    data = b""
    for form, side in _THUMBNAILS:
        small.thumbnail((side, side))
        target = io.BytesIO()
        small.save(target, form)
        data = target.getvalue()
        if len(data) <= _IMAGE_BYTES:
            break
    text = base64.b64encode(data).decode()
    return {"kind": "image", "src": f"data:image/{form};base64,{text}"}


def _first(array: Any, limit: int) -> Any:
    """The first elements in C order."""
    if array.flags.c_contiguous or array.dtype.kind == "T":  # numpy's flat damages such strings
        return array.reshape(-1)[:limit]
    return array.flat[:limit]


def _summary(sample: Any) -> dict[str, Any]:
    import numpy as np

    finite = sample[np.isfinite(sample)]
    found: dict[str, Any] = {}
    if finite.size:
        with np.errstate(all="ignore"):
            mean = float(finite.mean(dtype=float))
        least, most = finite.min().item(), finite.max().item()
        found = {"min": plain(least), "max": plain(most), "mean": plain(mean)}
        if 0 < float(most) - float(least) < math.inf:
            with suppress(ValueError):  # of numpy, where the range is too small to divide
                found["histogram"] = np.histogram(finite.astype(float), BINS)[0].tolist()
    if finite.size < sample.size:
        found["not_finite"] = int(sample.size - finite.size)
    return found
