"""A layered layout of a dataflow graph: streams flow down, crossings are few, boxes do not overlap.

The classical method in four steps: layers by longest path, bends where an edge passes a layer, order within a layer
by the mean place of neighbours, then positions. Every edge has a place for its label in a layer between two layers of
boxes, so that labels do not overlap either.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from step.render.graph import Graph

GAP_X, GAP_Y = 24.0, 20.0
_LABEL, _BEND = 14.0, 10.0
_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Box:
    """A box's centre and size, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is. ``paths`` are the points that each edge goes through, ``labels`` the centre of its label, by
    its id."""

    boxes: Mapping[str, Box]
    labels: Mapping[str, tuple[float, float]]
    paths: Mapping[str, tuple[tuple[float, float], ...]]
    width: float
    height: float


def layout(drawn: Graph, sizes: Mapping[str, tuple[float, float]], labels: Mapping[str, float]) -> Layout:
    """Places the nodes of a graph. ``sizes`` are the boxes' widths and heights by node, ``labels`` the widths of the
    labels by edge."""
    edges = [(edge.id, edge.source, edge.target) for edge in drawn.edges if edge.target is not None]
    layer = _layers([node.id for node in drawn.nodes], [(source, target) for _, source, target in edges])
    last = max(layer.values(), default=0)
    for node in drawn.nodes:
        layer[node.id] = 2 * (last if node.kind == "output" else layer[node.id])
    rows: list[list[str]] = [[] for _ in range(2 * last + 1)]
    for node in drawn.nodes:
        rows[layer[node.id]].append(node.id)
    chains: dict[str, list[str]] = {}
    label_of: dict[str, str] = {}
    above: dict[str, list[str]] = {node.id: [] for node in drawn.nodes}
    below: dict[str, list[str]] = {node.id: [] for node in drawn.nodes}
    widths = {id: size[0] for id, size in sizes.items()}
    for id, source, target in edges:
        chain = [source]
        for row in range(layer[source] + 1, layer[target]):
            bend = f"{id}@{row}"
            rows[row].append(bend)
            above[bend], below[bend] = [], []
            widths[bend] = _BEND
            chain.append(bend)
        label_of[id] = chain[1]
        widths[chain[1]] = labels[id]
        chain.append(target)
        for upper, lower in itertools.pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
        chains[id] = chain
    _order(rows, above, below)
    xs = _places(rows, widths, above, below)
    heights = [max((sizes[one][1] if one in sizes else _LABEL for one in row), default=0.0) for row in rows]
    ys: list[float] = []
    top = GAP_Y
    for height in heights:
        ys.append(top + height / 2)
        top += height + GAP_Y
    left = min((xs[one] - widths[one] / 2 for row in rows for one in row), default=0.0) - GAP_X
    boxes = {node.id: Box(xs[node.id] - left, ys[layer[node.id]], *sizes[node.id]) for node in drawn.nodes}
    at = {one: ys[number] for number, row in enumerate(rows) for one in row}
    paths = {id: tuple((xs[one] - left, at[one]) for one in chain) for id, chain in chains.items()}
    right = max((xs[one] + widths[one] / 2 for row in rows for one in row), default=0.0) - left + GAP_X
    placed = {id: (xs[one] - left, at[one]) for id, one in label_of.items()}
    return Layout(boxes, placed, paths, right, top)


def _layers(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest way from a node without a predecessor. Nodes come in an order in which edges go forward."""
    layer = dict.fromkeys(nodes, 0)
    incoming: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        incoming[target].append(source)
    for node in nodes:
        layer[node] = max((layer[one] + 1 for one in incoming[node]), default=0)
    return layer


def _order(rows: list[list[str]], above: Mapping[str, Sequence[str]], below: Mapping[str, Sequence[str]]) -> None:
    """Sorts each layer by the mean place of its neighbours, down and up in turn."""
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        numbers = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
        neighbours = above if downwards else below
        for number in numbers:
            beside = rows[number - 1 if downwards else number + 1]
            place = {one: index for index, one in enumerate(beside)}
            own = {one: index for index, one in enumerate(rows[number])}

            def key(
                one: str,
                near: Mapping[str, Sequence[str]] = neighbours,
                place: Mapping[str, int] = place,
                own: Mapping[str, int] = own,
            ) -> float:
                found = [place[other] for other in near[one] if other in place]
                return sum(found) / len(found) if found else float(own[one])

            rows[number].sort(key=key)


def _places(
    rows: Sequence[Sequence[str]],
    widths: Mapping[str, float],
    above: Mapping[str, Sequence[str]],
    below: Mapping[str, Sequence[str]],
) -> dict[str, float]:
    """The centres: near the neighbours' middle, in the order found, a gap apart."""
    xs: dict[str, float] = {}
    for row in rows:
        x = -sum(widths[one] + GAP_X for one in row) / 2
        for one in row:
            xs[one] = x + widths[one] / 2
            x += widths[one] + GAP_X
    for sweep in range(2 * _SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = {}
            for one in row:
                near = [xs[other] for other in (*above[one], *below[one])]
                wanted[one] = sum(near) / len(near) if near else xs[one]
            _spread(row, wanted, widths, xs)
    return xs


def _spread(row: Sequence[str], wanted: Mapping[str, float], widths: Mapping[str, float], xs: dict[str, float]) -> None:
    """Puts a layer's boxes as near to where they want to be as their order and the gaps allow: blocks of boxes that
    touch move together to the mean of what they want."""
    blocks: list[tuple[float, list[str], float]] = []  # left-most centre, boxes, width between first and last centre
    for one in row:
        block: tuple[float, list[str], float] = (wanted[one], [one], 0.0)
        while blocks:
            start, members, span = blocks[-1]
            gap = (widths[members[-1]] + widths[block[1][0]]) / 2 + GAP_X
            if start + span + gap <= block[0]:
                break
            blocks.pop()
            merged = [*members, *block[1]]
            offsets, offset = [0.0], 0.0
            for left, right in itertools.pairwise(merged):
                offset += (widths[left] + widths[right]) / 2 + GAP_X
                offsets.append(offset)
            mean = sum(wanted[each] - shift for each, shift in zip(merged, offsets, strict=True)) / len(merged)
            block = (mean, merged, offset)
        blocks.append(block)
    for start, members, _ in blocks:
        x = start
        for index, one in enumerate(members):
            if index:
                x += (widths[members[index - 1]] + widths[one]) / 2 + GAP_X
            xs[one] = x
