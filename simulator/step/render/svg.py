"""A dataflow graph as SVG: readable by itself, in light and in dark."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from html import escape

from step.render.graph import Graph, GraphEdge, GraphNode
from step.render.layout import Box, Layout, layout

_LETTER, _SMALL = 8.2, 6.7
_APART = 16.0
"""Pixels between two streams at a box."""

Ends = tuple[Mapping[str, float], Mapping[str, float]]
"""Where streams leave and enter boxes, across, by their ids."""

_STYLE = """
  text { font-family: ui-sans-serif, system-ui, sans-serif; font-size: 14px; fill: #1f2328; text-anchor: middle; }
  .detail, .type { font-family: ui-monospace, monospace; font-size: 11px; fill: #59636e; }
  .box { fill: #ffffff; stroke: #818b98; stroke-width: 1.2; }
  .input .box, .output .box { fill: #ddf4ff; stroke: #0969da; }
  .edge { fill: none; stroke: #59636e; stroke-width: 1.4; }
  .failing { stroke: #cf222e; } .nonfinite { stroke: #bc4c00; } .unused { stroke: #9a6700; stroke-dasharray: 4 3; }
  .ground { fill: #ffffff; fill-opacity: .85; }
  .head { fill: #59636e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .detail, .type { fill: #9198a1; }
    .box { fill: #151b23; stroke: #656c76; } .input .box, .output .box { fill: #0c2d6b; stroke: #4493f8; }
    .edge { stroke: #9198a1; } .head { fill: #9198a1; } .ground { fill: #0d1117; }
    .failing { stroke: #f85149; } .nonfinite { stroke: #db6d28; } .unused { stroke: #d29922; }
  }
"""


def svg(drawn: Graph) -> str:
    """The graph as an SVG document. Streams are labelled with their types, innermost dimension first."""
    sizes = {node.id: _size(node) for node in drawn.nodes}
    placed = layout(drawn, sizes, {edge.id: len(edge.text) * _SMALL + 6 for edge in drawn.edges})
    width, height = max(placed.width, 160.0), placed.height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(drawn.name, quote=True)}">',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="head" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
    ]
    ends = _ends(drawn, placed)
    parts += [_edge(edge, placed, ends) for edge in drawn.edges]
    parts += [_node(node, placed.boxes[node.id]) for node in drawn.nodes]
    parts += [_label(edge, placed, ends) for edge in drawn.edges]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _size(node: GraphNode) -> tuple[float, float]:
    width = max(len(node.label) * _LETTER, len(node.detail) * _SMALL) + 28
    return max(width, 64.0), 46.0 if node.detail else 34.0


def _node(node: GraphNode, box: Box) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    round_by = 6 if node.kind == "primitive" else box.height / 2
    text = f'<text x="{box.x:.1f}" y="{box.y + (5 if not node.detail else -2):.1f}">{escape(node.label)}</text>'
    if node.detail:
        text += f'<text class="detail" x="{box.x:.1f}" y="{box.y + 14:.1f}">{escape(node.detail)}</text>'
    return (
        f'<g class="{node.kind}"><rect class="box" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{round_by:.0f}"/>{text}</g>'
    )


def _ends(drawn: Graph, placed: Layout) -> Ends:
    """Where each stream leaves its box and enters the next, side by side: in the order of where they come from and go,
    so that they do not cross at the box."""
    leaving: dict[str, list[tuple[float, str]]] = {}
    entering: dict[str, list[tuple[float, str]]] = {}
    for edge in drawn.edges:
        if edge.target is not None:
            path = placed.paths[edge.id]
            leaving.setdefault(edge.source, []).append((path[1][0], edge.id))
            entering.setdefault(edge.target, []).append((path[-2][0], edge.id))
    return _side_by_side(leaving, placed), _side_by_side(entering, placed)


def _side_by_side(beside: Mapping[str, list[tuple[float, str]]], placed: Layout) -> dict[str, float]:
    places: dict[str, float] = {}
    for node, edges in beside.items():
        box = placed.boxes[node]
        apart = min(_APART, (box.width - _APART) / len(edges))
        for rank, (_, edge) in enumerate(sorted(edges)):
            places[edge] = box.x + (rank - (len(edges) - 1) / 2) * apart
    return places


def _points(edge: GraphEdge, placed: Layout, ends: Ends) -> list[tuple[float, float]]:
    leaving, entering = ends
    source = placed.boxes[edge.source]
    start = (leaving.get(edge.id, source.x), source.y + source.height / 2)
    if edge.target is None:
        return [start, (source.x + source.width / 2 + 14, start[1] + 18)]
    target = placed.boxes[edge.target]
    return [start, *placed.paths[edge.id][1:-1], (entering[edge.id], target.y - target.height / 2)]


def _edge(edge: GraphEdge, placed: Layout, ends: Ends) -> str:
    points = _points(edge, placed, ends)
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (y0 + y1) / 2
        path += f" C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
    head = "" if edge.target is None else ' marker-end="url(#head)"'
    return f'<path class="edge {edge.state}" d="{path}"{head}/>'


def _label(edge: GraphEdge, placed: Layout, ends: Ends) -> str:
    x, y = placed.labels[edge.id] if edge.target is not None else _points(edge, placed, ends)[-1]
    width = len(edge.text) * _SMALL + 6
    return (
        f'<rect class="ground" x="{x - width / 2:.1f}" y="{y - 8:.1f}" width="{width:.1f}" height="14" rx="3"/>'
        f'<text class="type" x="{x:.1f}" y="{y + 3:.1f}">{escape(edge.text)}</text>'
    )
