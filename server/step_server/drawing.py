"""An operator's dataflow graph with its places in the text, and as text in a format."""

from __future__ import annotations

import json
from typing import Any

from step.check import OperatorCheck
from step.diagnostic import Span
from step.render.graph import Graph, GraphNode, dot, graph, mermaid

from step_server.describe import hint
from step_server.locate import made_at
from step_server.refusal import BadParameters
from step_server.snapshot import Snapshot
from step_server.statuses import Status
from step_server.wire import range_json


def drawn(check: OperatorCheck, status: Status) -> Graph:
    """The graph of an operator, with what is known to be wrong in it."""
    program, typing = check.operator.body.program, check.typing
    failing = {
        program.nodes[one.node].operands[one.violation.operand or 0]
        for one in typing.violations
        if program.nodes[one.node].operands
    }
    if status.differs is not None and status.differs < len(program.outputs):
        failing.add(program.outputs[status.differs])
    nonfinite: set[int] = set()
    if status.nonfinite is not None and status.nonfinite < len(program.nodes):
        nonfinite.update(program.results_of(status.nonfinite))
    names = [name for name, _ in check.operator.parameters]
    return graph(
        program,
        names,
        typing.types,
        name=check.operator.name,
        failing=tuple(failing),
        nonfinite=tuple(nonfinite),
    )


def node_span(node: GraphNode, check: OperatorCheck) -> Span:
    """Where a box of the graph is written; counted from the operator's first line."""
    body = check.operator.body
    if node.kind == "input":
        return made_at(check, node.index)
    if node.kind == "primitive":
        return body.nodes[node.index].span
    return body.outputs[node.index] if node.index < len(body.outputs) else check.operator.name_span


def to_json(made: Graph, check: OperatorCheck, snapshot: Snapshot) -> dict[str, Any]:
    """The graph as docs/protocol.md has it. A stream that nothing consumes ends in a box of its own."""
    types = check.typing.types
    program = check.operator.body.program
    nodes: list[dict[str, Any]] = []
    for node in made.nodes:
        value = _value_of(node, check)
        nodes.append(
            {
                "id": node.id,
                "kind": node.kind,
                "label": node.label,
                "detail": node.detail,
                "range": range_json(snapshot.range(node_span(node, check), check.operator.line)),
                "type": hint(types[value]) if value is not None and value < len(types) else None,
            }
        )
    edges = []
    for edge in made.edges:
        type = hint(types[edge.value]) if edge.value < len(types) else edge.label  # as the editor's inlay hints say it
        target = edge.target
        if target is None:
            target = f"unused{edge.value}"
            where = range_json(snapshot.range(made_at(check, edge.value), check.operator.line))
            name = program.name_of(edge.value) or "unused"
            nodes.append(
                {
                    "id": target,
                    "kind": "output",
                    "label": name,
                    "detail": "not consumed",
                    "range": where,
                    "type": type,
                }
            )
        edges.append(
            {
                "id": edge.id,
                "source": edge.source,
                "target": target,
                "label": f"{edge.role}: {type}" if edge.role else type,
                "sourcePort": edge.port,
                "targetPort": edge.slot,
                "state": edge.state,
            }
        )
    return {"operator": made.name, "nodes": nodes, "edges": edges, "version": snapshot.version}


def _value_of(node: GraphNode, check: OperatorCheck) -> int | None:
    program = check.operator.body.program
    if node.kind == "input":
        return node.index
    if node.kind == "output":
        return program.outputs[node.index]
    results = program.results_of(node.index)
    return results[0] if results else None


def as_text(made: Graph, check: OperatorCheck, snapshot: Snapshot, kind: str) -> str:
    """The graph in a format.

    Raises:
        BadParameters: no such format.
    """
    match kind:
        case "mermaid":
            return mermaid(made)
        case "dot":
            return dot(made)
        case "json":
            return json.dumps(to_json(made, check, snapshot), indent=2, ensure_ascii=False)
        case "svg":
            from step.render.svg import svg

            return svg(made)
    raise BadParameters(f"the format is svg, mermaid, dot or json; got {kind}")
