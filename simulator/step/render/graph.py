"""A program as a dataflow graph: nodes and typed edges, as data, Mermaid or DOT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from step.primitives.base import show_parameter
from step.program import Program, Specification, Use, Value
from step.types import StreamType

NodeKind = Literal["input", "primitive", "output"]
EdgeState = Literal["ok", "failing", "nonfinite", "unused"]


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A box of the graph. ``index`` is the number of the program's node, of the input or of the output."""

    id: str
    kind: NodeKind
    index: int
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A stream, from where it is made to where it is consumed (``target`` None: nowhere).

    ``label`` is its type, ``role`` what it is to the primitives at its ends where that has a name: ``index``.
    """

    id: str
    source: str
    target: str | None
    value: Value
    port: int
    slot: int
    label: str
    state: EdgeState = "ok"
    role: str = ""

    @property
    def text(self) -> str:
        """What is written at it: ``index: Multihot(f32, E), [N]``."""
        return f"{self.role}: {self.label}" if self.role else self.label


@dataclass(frozen=True, slots=True)
class Graph:
    """The dataflow graph of one operator."""

    name: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]


def graph(
    program: Program,
    specification: Specification | Sequence[str],
    types: Sequence[StreamType],
    *,
    name: str = "",
    failing: Sequence[Value] = (),
    nonfinite: Sequence[Value] = (),
) -> Graph:
    """The graph of a program with the types of its values (all of them, in order)."""
    inputs = list(specification)
    nodes = [GraphNode(f"in{index}", "input", index, one) for index, one in enumerate(inputs[: program.inputs])]
    for index, node in enumerate(program.nodes):
        values = [
            f"{one.name}={show_parameter(getattr(node.primitive, one.name))}" for one in node.primitive.parameters()
        ]
        nodes.append(GraphNode(f"n{index}", "primitive", index, node.primitive.name, ", ".join(values)))
    several = len(program.outputs) > 1
    nodes += [
        GraphNode(f"out{slot}", "output", slot, f"output {slot}" if several else "output")
        for slot in range(len(program.outputs))
    ]
    edges: list[GraphEdge] = []
    for value in range(program.size):
        producer = program.producers[value]
        source = f"in{value}" if producer is None else f"n{producer}"
        port = 0 if producer is None else value - program.first_results[producer]
        label = str(types[value]) if value < len(types) else "?"
        state: EdgeState = "nonfinite" if value in nonfinite else "failing" if value in failing else "ok"
        uses = program.uses[value]
        for use in uses:
            target = f"out{use.slot}" if use.node is None else f"n{use.node}"
            role = _role(program, value, use)
            edges.append(GraphEdge(f"e{len(edges)}", source, target, value, port, use.slot, label, state, role))
        if not uses:
            role = _role(program, value)
            edges.append(GraphEdge(f"e{len(edges)}", source, None, value, port, 0, label, "unused", role))
    return Graph(name, tuple(nodes), tuple(edges))


def _role(program: Program, value: Value, use: Use | None = None) -> str:
    """What a stream is to the primitive that makes it, and to the one that consumes it: ``expert 0 → second``."""
    roles: list[str] = []
    producer = program.producers[value]
    if producer is not None:
        roles.append(program.nodes[producer].primitive.result_role(value - program.first_results[producer]))
    if use is not None and use.node is not None:
        node = program.nodes[use.node]
        roles.append(node.primitive.operand_role(use.slot, len(node.operands)))
    return " → ".join(dict.fromkeys(one for one in roles if one))


def mermaid(drawn: Graph) -> str:
    """The graph in Mermaid's language."""
    shapes = {"input": ("([", "])"), "primitive": ("[", "]"), "output": ("([", "])")}
    lines = ["flowchart TD"]
    for node in drawn.nodes:
        opening, closing = shapes[node.kind]
        lines.append(f'    {node.id}{opening}"{_escaped(node, "<br/>")}"{closing}')
    for edge in drawn.edges:
        if edge.target is not None:
            lines.append(f'    {edge.source} -->|"{edge.text}"| {edge.target}')
    return "\n".join(lines) + "\n"


def dot(drawn: Graph) -> str:
    """The graph in Graphviz's language."""
    lines = [
        f'digraph "{drawn.name}" {{',
        "    node [fontname=sans-serif];",
        "    edge [fontname=monospace, fontsize=10];",
    ]
    for node in drawn.nodes:
        shape = "box" if node.kind == "primitive" else "oval"
        label = _escaped(node, "\\n")
        lines.append(f'    {node.id} [shape={shape}, label="{label}"];')
    for edge in drawn.edges:
        if edge.target is not None:
            lines.append(f'    {edge.source} -> {edge.target} [label="{edge.text}"];')
    return "\n".join([*lines, "}"]) + "\n"


def _escaped(node: GraphNode, newline: str) -> str:
    text = node.label + (newline + node.detail if node.detail else "")
    return text.replace('"', "'")
