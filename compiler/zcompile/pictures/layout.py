"""Where the boxes and edges of a picture go: steps in layers, by grandalf's Sugiyama layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from zcompile.pictures.model import Picture

LAYERS = 64.0
"""Pixels between two layers, where the labels of edges are."""
COLUMNS = 36.0
"""Pixels between two boxes of a layer."""

Point = tuple[float, float]


class Layout(Struct, frozen=True):
    """Where everything is, in pixels.

    Attributes:
        centres: The middle of each box, by the step's name.
        routes: The points that each edge goes through, by the names of its ends.
        size: Width and height of all.
    """

    centres: Mapping[str, Point]
    routes: Mapping[tuple[str, str], Sequence[Point]]
    size: Point


def lay_out(picture: Picture, widths: Mapping[str, float], height: float) -> Layout:
    """Lays a picture out, from the upper left corner on.

    Args:
        picture: The picture.
        widths: The width of each box in pixels, by the step's name.
        height: The height of all boxes.

    Raises:
        ModuleNotFoundError: if grandalf is not installed.
    """
    # Imported here: the library belongs to an extra, which compiling does not need.
    from grandalf.graphs import Edge, Graph, Vertex
    from grandalf.layouts import VertexViewer
    from grandalf.routing import EdgeViewer

    vertices = {name: Vertex(name) for name in widths}
    for name, vertex in vertices.items():
        vertex.view = VertexViewer(w=widths[name], h=height)
    edges = [Edge(vertices[arrow.producer], vertices[arrow.consumer]) for arrow in picture.arrows]
    for edge in edges:
        edge.view = EdgeViewer()
    centres: dict[str, Point] = {}
    routes: dict[tuple[str, str], Sequence[Point]] = {}
    left = bottom = 0.0
    for component in Graph([*vertices.values()], edges).C:
        own = set(component.sV)
        inner = [edge for edge in edges if edge.v[0] in own]
        _place(component)
        shift, (right, lowest) = _moved_to(left, [vertex.view for vertex in own], inner)
        for vertex in own:
            centres[vertex.data] = _shifted(vertex.view.xy, shift)
        for edge in inner:
            ends = edge.v[0].data, edge.v[1].data
            bends = [_shifted(point, shift) for point in edge.view._pts[1:-1]]
            (x, y), (to_x, to_y) = (centres[name] for name in ends)
            routes[ends] = [(x, y + height / 2), *bends, (to_x, to_y - height / 2)]
        left, bottom = right + COLUMNS, max(bottom, lowest)
    return Layout(centres, routes, (max(left - COLUMNS, 0.0), bottom))


def _place(component: Any) -> None:
    """Gives the vertices and edges of a connected graph their places."""
    from grandalf.layouts import SugiyamaLayout
    from grandalf.routing import route_with_lines

    if component.order() == 1:
        component.sV[0].view.xy = (0.0, 0.0)
        return
    sugiyama = SugiyamaLayout(component)
    sugiyama.route_edge = route_with_lines
    sugiyama.xspace, sugiyama.yspace = COLUMNS, LAYERS
    sugiyama.init_all()
    sugiyama.draw(3)


def _moved_to(left: float, views: Iterable[Any], edges: Iterable[Any]) -> tuple[Point, Point]:
    """How far to move a connected graph so that it starts at `left`, and where it then ends."""
    boxes = [(*view.xy, view.w / 2, view.h / 2) for view in views]
    bends = [(x, y, 0.0, 0.0) for edge in edges for x, y in edge.view._pts]
    xs = [x + sign * half for x, _, half, _ in boxes + bends for sign in (-1, 1)]
    ys = [y + sign * half for _, y, _, half in boxes + bends for sign in (-1, 1)]
    shift = (left - min(xs), -min(ys))
    return shift, (max(xs) + shift[0], max(ys) + shift[1])


def _shifted(point: Point, by: Point) -> Point:
    return point[0] + by[0], point[1] + by[1]
