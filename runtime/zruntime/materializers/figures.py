"""matplotlib figures, as pickles."""

from __future__ import annotations

import io
from typing import Any, BinaryIO, ClassVar, Final

from zruntime.materializers import pickling, previews
from zruntime.materializers.pickles import PickleMaterializer

_DPI: Final = 20
"""Dots per inch of the thumbnail."""


class FigureMaterializer(PickleMaterializer):
    """Figures: loaded ones can be drawn, saved and changed, and belong to no window."""

    FORMAT: ClassVar[str] = "matplotlib/1"

    def save(self, value: Any, file: BinaryIO) -> None:
        """Pickles the figure without the window that pyplot may have given it."""
        manager = value.canvas.manager
        value.canvas.manager = None
        try:
            self._types = pickling.dump(value, file, _reduce)
        finally:
            value.canvas.manager = manager

    def describe(self, value: Any) -> dict[str, Any]:
        """The size in inches, the titles, and a thumbnail."""
        from PIL import Image

        target = io.BytesIO()
        value.savefig(target, format="png", dpi=_DPI)
        titles = [axes.get_title() for axes in value.axes if axes.get_title()]
        with Image.open(target) as image:
            preview = previews.of_image(image)
        return {
            "inches": [float(side) for side in value.get_size_inches()],
            "axes": len(value.axes),
            "titles": [previews.shortened(title, previews.CELL) for title in titles[:4]],
            "preview": preview,
        }


def _reduce(obj: Any) -> Any:
    """Numbers the parents of a transform, which matplotlib keeps by their addresses in memory."""
    from matplotlib.transforms import TransformNode

    if not isinstance(obj, TransformNode):
        return NotImplemented
    reduced: Any = obj.__reduce_ex__(5)
    create, arguments, state, *rest = reduced
    parents = [parent for parent in state["_parents"].values() if parent is not None]
    return (create, arguments, {**state, "_parents": dict(enumerate(parents))}, *rest)
