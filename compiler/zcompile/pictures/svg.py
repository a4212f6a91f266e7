"""A picture as SVG: steps in layers, edges with the names of the artifacts they carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from xml.etree import ElementTree as ET

from zcompile.pictures.layout import Point, lay_out
from zcompile.pictures.model import Arrow, Box, Picture

_CHARACTER = 7.6
"""Width of a character in pixels, about: text is measured by whoever shows the picture."""
_HEIGHT = 52.0
_PADDING = 18.0
_MARGIN = 24.0
_TITLE = 30.0
_LONGEST = 34
"""Characters of a text that are shown; the whole text is the tooltip."""

_STYLE = """
text { font-family: ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
.page { fill: #ffffff; }
.title { font-size: 15px; font-weight: 600; fill: #1f2d36; }
.box { fill: #f4f7f9; stroke: #9fb3bf; stroke-width: 1.2; }
.name { font-size: 13px; font-weight: 600; fill: #1f2d36; text-anchor: middle; }
.function { font-size: 11px; fill: #5b6b75; text-anchor: middle; }
.edge { fill: none; stroke: #8fa3af; stroke-width: 1.4; }
.head { fill: #8fa3af; }
.label { font-size: 11px; fill: #3d4f5a; text-anchor: middle; stroke: #ffffff; stroke-width: 4px;
  stroke-linejoin: round; paint-order: stroke; }
.cached { fill: #dcefd6; stroke: #5a8f4a; }
.run { fill: #fff0c7; stroke: #c98a00; }
.pending { fill: #e3eef2; stroke: #22577a; stroke-dasharray: 5 3; }
.skipped { fill: #f3eef6; stroke: #9a86a8; }
""".strip()


def as_svg(picture: Picture) -> str:
    """The picture as an SVG document.

    Raises:
        ModuleNotFoundError: if grandalf, which lays it out, is not installed.
    """
    widths = {box.name: _width(box, picture.arrows) for box in picture.boxes}
    layout = lay_out(picture, widths, _HEIGHT)
    width = max(layout.size[0], len(picture.title) * _CHARACTER * 1.2) + 2 * _MARGIN
    height = layout.size[1] + 2 * _MARGIN + _TITLE
    size = {
        "width": _px(width),
        "height": _px(height),
        "viewBox": f"0 0 {_px(width)} {_px(height)}",
    }
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    _text(root, "title", picture.title)
    ET.SubElement(root, "style").text = _STYLE
    marker = ET.SubElement(ET.SubElement(root, "defs"), "marker", _MARKER)
    ET.SubElement(marker, "path", {"d": "M0 0 L10 5 L0 10 z", "class": "head"})
    ET.SubElement(root, "rect", {"class": "page", "width": "100%", "height": "100%"})
    place = {"class": "title", "x": _px(_MARGIN), "y": _px(_MARGIN)}
    _text(root, "text", picture.title, place)
    moved = {"transform": f"translate({_px(_MARGIN)} {_px(_MARGIN + _TITLE)})"}
    group = ET.SubElement(root, "g", moved)
    for arrow in picture.arrows:
        _draw_edge(group, layout.routes[arrow.producer, arrow.consumer])
    for box in picture.boxes:
        _draw_box(group, box, layout.centres[box.name], widths[box.name])
    for arrow in picture.arrows:
        _draw_label(group, arrow, layout.routes[arrow.producer, arrow.consumer])
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


_MARKER = {
    "id": "arrow",
    "viewBox": "0 0 10 10",
    "refX": "9",
    "refY": "5",
    "markerWidth": "8",
    "markerHeight": "8",
    "orient": "auto-start-reverse",
}


def _draw_edge(root: ET.Element, route: Sequence[Point]) -> None:
    x, y = route[0]
    path = [f"M{_px(x)} {_px(y)}"]
    for (x, y), (to_x, to_y) in pairwise(route):
        middle = _px((y + to_y) / 2)
        path.append(f"C{_px(x)} {middle} {_px(to_x)} {middle} {_px(to_x)} {_px(to_y)}")
    attributes = {"class": "edge", "d": " ".join(path), "marker-end": "url(#arrow)"}
    ET.SubElement(root, "path", attributes)


def _draw_box(root: ET.Element, box: Box, centre: Point, width: float) -> None:
    x, y = centre
    group = ET.SubElement(root, "g")
    _text(group, "title", " ".join(filter(None, (box.name, box.function, box.state))))
    corner = {"x": _px(x - width / 2), "y": _px(y - _HEIGHT / 2), "rx": "8"}
    size = {"width": _px(width), "height": _px(_HEIGHT)}
    ET.SubElement(group, "rect", {"class": f"box {box.state}".strip(), **corner, **size})
    alone = box.function == box.name
    line = {"class": "name", "x": _px(x), "y": _px(y + (4.5 if alone else -3))}
    _text(group, "text", _cut(box.name), line)
    if not alone:
        line = {"class": "function", "x": _px(x), "y": _px(y + 14)}
        _text(group, "text", _cut(box.function), line)


def _draw_label(root: ET.Element, arrow: Arrow, route: Sequence[Point]) -> None:
    """The label in the middle of the edge's first stretch, where there is room between layers."""
    (x, y), (to_x, to_y) = route[0], route[1]
    place = {"class": "label", "x": _px((x + to_x) / 2), "y": _px((y + to_y) / 2 + 4)}
    text = _text(root, "text", _cut(arrow.label), place)
    if _cut(arrow.label) != arrow.label:
        _text(text, "title", arrow.label)


def _text(
    parent: ET.Element, tag: str, text: str, attributes: dict[str, str] | None = None
) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes or {})
    # XML has no way to write control characters.
    element.text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return element


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _width(box: Box, arrows: Iterable[Arrow]) -> float:
    """Wide enough for its texts, and for the label of an edge that goes straight down."""
    texts = [box.name, box.function]
    texts += [arrow.label for arrow in arrows if arrow.consumer == box.name]
    return max(len(_cut(text)) for text in texts) * _CHARACTER + 2 * _PADDING
