"""Folding: operators, their declarations and their bodies."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck

from step_server.server import StepServer


def register(server: StepServer) -> None:
    """Registers the handler."""

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def folding_range(params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange] | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        return [one for check in snapshot.checks for one in folds(check)]


def folds(check: OperatorCheck) -> Iterator[lsp.FoldingRange]:
    """The declaration of an operator and its body, where they are longer than a line."""
    source = check.operator
    name, end = source.line + source.name_span.line, source.line + source.span.end_line
    if name - 1 > source.line:
        yield lsp.FoldingRange(source.line, name - 1, kind=lsp.FoldingRangeKind.Region)
    if end > name:
        yield lsp.FoldingRange(name, end, kind=lsp.FoldingRangeKind.Region)
