"""Symbols: a document's operators with their streams, functions and dimensions; and those of the workspace by name."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Span
from step.dims import Dim
from step.source import Definition
from step.source.split import Block, split_lines

from step_server import describe
from step_server.declared import declared_in, kind_of
from step_server.server import StepServer
from step_server.snapshot import Snapshot

MOST = 1_000
"""Symbols of one answer: nobody reads more, and a longer query finds the rest."""


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
    async def workspace_symbol(params: lsp.WorkspaceSymbolParams) -> list[lsp.WorkspaceSymbol]:
        opened = [
            lsp.WorkspaceSymbol(lsp.Location(snapshot.uri, snapshot.range(one.span)), one.name, one.kind)
            for snapshot in (document.snapshot for document in server.session.documents)
            for one in declared_in(snapshot.module)
        ]
        everywhere = [*opened, *await server.index.symbols()]
        return [one for one in everywhere if matches(params.query, one.name)][:MOST]


def symbols(snapshot: Snapshot) -> Iterator[lsp.DocumentSymbol]:
    """The dimensions, functions and operators of a document, in order."""
    operators = {check.operator.name for check in snapshot.checks}
    blocks = {block.line: block for block in snapshot.module.blocks}
    found = [
        symbol
        for one in snapshot.module.definitions.values()
        if one.name not in operators and (symbol := definition(one, snapshot, blocks.get(one.block))) is not None
    ]
    found.extend(operator(check, snapshot) for check in snapshot.checks)
    found.sort(key=lambda one: (one.range.start.line, one.range.start.character))
    yield from found


def definition(one: Definition, snapshot: Snapshot, block: Block | None) -> lsp.DocumentSymbol | None:
    """A function or a dimension; None for what is no part of the language. A function's range is all of it, so that an
    editor can tell that a cursor is in it."""
    kind = kind_of(one.value)
    if kind is None or one.imported:
        return None
    detail = describe.dim_size(one.value) if isinstance(one.value, Dim) else str(one.value)
    name = snapshot.range(one.span)
    return lsp.DocumentSymbol(one.name, kind, _whole(block, snapshot) or name, name, detail=detail)


def _whole(block: Block | None, snapshot: Snapshot) -> lsp.Range | None:
    """The range of a function with its decorators; None where it shares its block with others."""
    if block is None or not block.text.startswith(("@", "def ", "async ")):
        return None
    lines = split_lines(block.text)
    return snapshot.range(Span(0, 0, len(lines) - 1, len(lines[-1])), block.line)


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
