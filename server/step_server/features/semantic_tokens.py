"""Semantic tokens: what each name of a body is. A stream that was consumed before looks spent where it is used again.

The standard modifier for that is ``deprecated``, which themes strike out; ``spent`` says it by its own name. Where a
stream is consumed for the first time, as it should be, it is ``consumed``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Span

from step_server.locate import used_at
from step_server.server import StepServer
from step_server.snapshot import Snapshot

TYPES = ("variable", "parameter", "function", "enumMember", "class", "method")
MODIFIERS = ("declaration", "readonly", "defaultLibrary", "deprecated", "spent", "consumed")
KINDS = {"stream": "variable", "list": "variable", "function": "function", "dim": "enumMember", "primitive": "class"}


def register(server: StepServer) -> None:
    """Registers the handlers."""
    legend = lsp.SemanticTokensLegend(list(TYPES), list(MODIFIERS))

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def full(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens | None:
        snapshot = server.snapshot(params.text_document.uri)
        return encode(snapshot, snapshot.positions.whole) if snapshot is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, legend)
    def part(params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens | None:
        snapshot = server.snapshot(params.text_document.uri)
        return encode(snapshot, snapshot.positions.span(params.range)) if snapshot is not None else None


def encode(snapshot: Snapshot, wanted: Span) -> lsp.SemanticTokens:
    """The tokens of a part of a document, in the protocol's relative numbers."""
    data: list[int] = []
    line = column = 0
    for span, kind, modifiers in sorted(one for check in snapshot.checks_in(wanted) for one in tokens(check)):
        if not wanted.line <= span.line <= wanted.end_line:
            continue
        place = snapshot.positions.range(span)
        start = place.start
        data += [
            start.line - line,
            start.character - (column if start.line == line else 0),
            place.end.character - start.character,
            TYPES.index(kind),
            sum(1 << MODIFIERS.index(one) for one in modifiers),
        ]
        line, column = start.line, start.character
    return lsp.SemanticTokens(data)


def tokens(check: OperatorCheck) -> Iterator[tuple[Span, str, tuple[str, ...]]]:
    """The names of an operator's body in the file's lines, each once, with type and modifiers."""
    source = check.operator
    inputs = {(name, (value,)) for value, (name, _) in enumerate(source.parameters)}
    consumed, spent = consumption(check)
    seen: set[Span] = set()
    for one in source.body.occurrences:
        kind = KINDS.get(one.kind)
        if kind is None or one.span in seen or one.span.line != one.span.end_line:
            continue
        seen.add(one.span)
        modifiers: tuple[str, ...] = ()
        if one.kind == "stream" and (one.name, one.values) in inputs:
            kind = "parameter"
        if one.binds:
            modifiers += ("declaration",)
        elif one.span in spent:
            modifiers += ("deprecated", "spent")
        elif one.span in consumed:
            modifiers += ("consumed",)
        if one.kind == "dim":
            modifiers += ("readonly",)
        if one.kind == "primitive":
            modifiers += ("defaultLibrary",)
        yield one.span.shift(source.line), kind, modifiers


def consumption(check: OperatorCheck) -> tuple[set[Span], set[Span]]:
    """Where streams are consumed first, and where they are used although they were consumed before."""
    first: set[Span] = set()
    again: set[Span] = set()
    for uses in check.operator.body.program.uses.values():
        for number, use in enumerate(uses):
            (again if number else first).add(used_at(check, use))
    return first - again, again
