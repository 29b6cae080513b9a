"""Symbols: a document's operators with their streams, functions and dimensions; and all open documents' by name."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Span
from step.dims import Dim
from step.function import Function
from step.source import Definition

from step_server import describe
from step_server.server import StepServer
from step_server.snapshot import Snapshot


def register(server: StepServer) -> None:
    """Registers the handlers."""

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def document_symbol(
        params: lsp.DocumentSymbolParams,
    ) -> list[lsp.DocumentSymbol] | list[lsp.SymbolInformation] | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        found = list(symbols(snapshot))
        if server.session.client.hierarchical_symbols:
            return found
        return [
            lsp.SymbolInformation(lsp.Location(snapshot.uri, one.selection_range), one.name, one.kind) for one in found
        ]

    @server.feature(lsp.WORKSPACE_SYMBOL)
    def workspace_symbol(params: lsp.WorkspaceSymbolParams) -> list[lsp.WorkspaceSymbol]:
        found = []
        for document in server.session.documents:
            snapshot = document.snapshot
            if not snapshot.speaks_step:
                continue
            for one in symbols(snapshot):
                if matches(params.query, one.name):
                    where = lsp.Location(snapshot.uri, one.selection_range)
                    found.append(lsp.WorkspaceSymbol(where, one.name, one.kind))
        return found


def symbols(snapshot: Snapshot) -> Iterator[lsp.DocumentSymbol]:
    """The dimensions, functions and operators of a document, in order."""
    operators = {check.operator.name for check in snapshot.checks}
    found = [
        symbol
        for one in snapshot.module.definitions.values()
        if one.name not in operators and (symbol := definition(one, snapshot)) is not None
    ]
    found.extend(operator(check, snapshot) for check in snapshot.checks)
    found.sort(key=lambda one: (one.range.start.line, one.range.start.character))
    yield from found


def definition(one: Definition, snapshot: Snapshot) -> lsp.DocumentSymbol | None:
    """A function or a dimension; None for what is no part of the language."""
    match one.value:
        case Function():
            kind, detail = lsp.SymbolKind.Function, str(one.value)
        case Dim():
            kind, detail = lsp.SymbolKind.Constant, describe.dim_size(one.value)
        case _:
            return None
    name = snapshot.range(one.span)
    return lsp.DocumentSymbol(one.name, kind, name, name, detail=detail)


def operator(check: OperatorCheck, snapshot: Snapshot) -> lsp.DocumentSymbol:
    """An operator, with the streams that its body names."""
    source = check.operator
    streams, seen = [], set()
    for one in source.body.occurrences:
        if one.binds and one.kind == "stream" and one.span not in seen:
            seen.add(one.span)
            where = snapshot.range(one.span, source.line)
            detail = str(check.typing.types[one.values[0]])
            streams.append(lsp.DocumentSymbol(one.name, lsp.SymbolKind.Variable, where, where, detail=detail))
    whole = Span(0, 0, source.span.end_line, source.span.end_column)
    return lsp.DocumentSymbol(
        source.name,
        lsp.SymbolKind.Class,
        snapshot.range(whole, source.line),
        snapshot.name(check),
        detail="hole" if source.is_hole else f"{source.body.program.length} primitives",
        children=streams,
    )


def matches(query: str, name: str) -> bool:
    """Whether the letters of a query occur in a name, in order."""
    rest = iter(name.lower())
    return all(letter in rest for letter in query.lower())
