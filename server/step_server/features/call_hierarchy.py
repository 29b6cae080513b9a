"""Call hierarchy: for a stream, who makes what it is made of (incoming), and what is made of it (outgoing)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.program import Opaque, Use

from step_server.locate import made_at, place, stream_name, used_at
from step_server.server import StepServer
from step_server.snapshot import Snapshot


def register(server: StepServer) -> None:
    """Registers the handlers."""

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY)
    def prepare(params: lsp.CallHierarchyPrepareParams) -> list[lsp.CallHierarchyItem] | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        at = place(snapshot, *snapshot.positions.point(params.position))
        if at.check is None:
            return None
        found = at.occurrence
        values: Iterable[int] = found.values if found is not None else ()
        if not values and at.nodes:
            values = at.check.operator.body.program.results_of(at.nodes[0])
        return [item(at.check, value, snapshot) for value in values] or None

    def resolve(given: lsp.CallHierarchyItem) -> tuple[Snapshot, OperatorCheck, int] | None:
        snapshot = server.snapshot(given.uri)
        data: Any = given.data
        if snapshot is None or not isinstance(data, dict):
            return None
        check = snapshot.check(str(data.get("operator")))
        value = data.get("value")
        if check is None or not isinstance(value, int) or not 0 <= value < check.operator.body.program.size:
            return None
        return snapshot, check, value

    @server.feature(lsp.CALL_HIERARCHY_INCOMING_CALLS)
    def incoming(params: lsp.CallHierarchyIncomingCallsParams) -> list[lsp.CallHierarchyIncomingCall] | None:
        found = resolve(params.item)
        if found is None:
            return None
        snapshot, check, value = found
        program = check.operator.body.program
        producer = program.producers[value]
        if producer is None:
            return []
        calls = []
        for slot, operand in enumerate(program.nodes[producer].operands):
            where = snapshot.range(used_at(check, Use(producer, slot)), check.operator.line)
            calls.append(lsp.CallHierarchyIncomingCall(item(check, operand, snapshot), [where]))
        return calls

    @server.feature(lsp.CALL_HIERARCHY_OUTGOING_CALLS)
    def outgoing(params: lsp.CallHierarchyOutgoingCallsParams) -> list[lsp.CallHierarchyOutgoingCall] | None:
        found = resolve(params.item)
        if found is None:
            return None
        snapshot, check, value = found
        program = check.operator.body.program
        calls = []
        for use in program.uses[value]:
            if use.node is None:
                continue
            where = snapshot.range(used_at(check, use), check.operator.line)
            for result in program.results_of(use.node):
                calls.append(lsp.CallHierarchyOutgoingCall(item(check, result, snapshot), [where]))
        return calls


def item(check: OperatorCheck, value: int, snapshot: Snapshot) -> lsp.CallHierarchyItem:
    """A stream, with the primitive that makes it and its type."""
    body = check.operator.body
    producer = body.program.producers[value]
    selection = made_at(check, value)
    whole = selection if producer is None else body.nodes[producer].statement
    inside = (whole.line, whole.column) <= (selection.line, selection.column) and (
        selection.end_line,
        selection.end_column,
    ) <= (whole.end_line, whole.end_column)
    maker = "input" if producer is None else body.program.nodes[producer].primitive.name
    if producer is not None and isinstance(body.program.nodes[producer].primitive, Opaque):
        maker = "unknown"
    return lsp.CallHierarchyItem(
        name=stream_name(check, value),
        kind=lsp.SymbolKind.Variable,
        uri=snapshot.uri,
        range=snapshot.range(whole if inside else selection, check.operator.line),
        selection_range=snapshot.range(selection, check.operator.line),
        detail=f"{maker}: {check.typing.types[value]}",
        data={"operator": check.operator.name, "value": value},
    )
