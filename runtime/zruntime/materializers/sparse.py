"""scipy's sparse matrices and arrays, by the arrays they are made of."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from zruntime.materializers import previews
from zruntime.materializers.packed import PackedMaterializer

_BY_FORMAT: Final[dict[str, tuple[str, ...]]] = {
    "csr": ("data", "indices", "indptr"),
    "csc": ("data", "indices", "indptr"),
    "bsr": ("data", "indices", "indptr"),
    "dia": ("data", "offsets"),
}
"""Names of the arrays of a format; the others are stored as coordinates."""


class SparseMaterializer(PackedMaterializer):
    """Sparse matrices and arrays in all formats; the arrays of large ones are mapped."""

    FORMAT: ClassVar[str] = "scipy-sparse/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """scipy's own classes: subclasses may hold more."""
        return kind.__module__.startswith("scipy.sparse.")

    def pack(self, value: Any) -> tuple[dict[str, Any], list[Any]]:
        """Class, shape and format, and the arrays."""
        import numpy as np

        facts = {"class": type(value).__name__, "shape": list(value.shape)}
        names = _BY_FORMAT.get(value.format)
        if names is not None:
            return facts, [np.asarray(getattr(value, name)) for name in names]
        coordinates = _sorted_coo(value) if value.format == "dok" else value.tocoo(copy=False)
        return facts, [coordinates.data, *map(np.asarray, coordinates.coords)]

    def unpack(self, facts: Any, arrays: list[Any]) -> Any:
        """A matrix over the arrays."""
        from scipy import sparse

        name, shape = facts["class"], tuple(facts["shape"])
        kind = getattr(sparse, name)
        form, _, family = name.partition("_")
        if form == "dia":
            return kind(tuple(arrays), shape=shape)
        if form in _BY_FORMAT:
            value = kind(tuple(arrays), shape=shape)
            value.data, value.indices, value.indptr = arrays  # scipy may have made indices shorter
            return value
        data, *axes = arrays
        coordinates = getattr(sparse, f"coo_{family}")((data, tuple(axes)), shape=shape)
        return coordinates.asformat(form)

    def describe(self, value: Any) -> dict[str, Any]:
        """The shape, the dtype, the format, the number of stored elements and the first ones."""
        facts, (data, *_) = self._packed or self.pack(value)
        return {
            **previews.of_array(data),
            "shape": facts["shape"],
            "format": value.format,
            "stored": int(value.nnz),
        }


def _sorted_coo(value: Any) -> Any:
    """The coordinates of a dict of elements, which has the order in which they were set."""
    import numpy as np

    found = value.tocoo()
    order = np.lexsort(found.coords[::-1])
    found.coords = tuple(axis[order] for axis in found.coords)
    found.data = found.data[order]
    return found
