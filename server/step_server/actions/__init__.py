"""Code actions, one kind a module: each has ``offer(wanted) -> Iterator[lsp.CodeAction]`` ``KINDS``, and ``ORDER``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lsprotocol import types as lsp
from step.diagnostic import Diagnostic, Span

from step_server.edits import newline_of
from step_server.server import StepServer
from step_server.snapshot import Snapshot


@dataclass(frozen=True)
class Wanted:
    """What a client asks code actions for. ``span`` is in the file's lines; ``given`` are the diagnostics there."""

    server: StepServer
    snapshot: Snapshot
    span: Span
    given: tuple[lsp.Diagnostic, ...]
    only: tuple[str, ...]

    def wants(self, kind: str) -> bool:
        """Whether the client takes actions of a kind."""
        return not self.only or any(kind == one or kind.startswith(f"{one}.") for one in self.only)

    def touches(self, span: Span) -> bool:
        """Whether a span and the wanted one have a place in common."""
        mine = self.span
        return (span.line, span.column) <= (mine.end_line, mine.end_column) and (mine.line, mine.column) <= (
            span.end_line,
            span.end_column,
        )


def edit_of(wanted: Wanted, changes: Iterable[tuple[Span, str]]) -> lsp.WorkspaceEdit:
    """An edit of the document: spans in the file's lines and what comes there, with the document's line ends."""
    snapshot = wanted.snapshot
    newline = newline_of(snapshot.text)
    edits = [
        lsp.TextEdit(snapshot.positions.range(span), text.replace("\r\n", "\n").replace("\n", newline))
        for span, text in changes
    ]
    if wanted.server.session.client.document_changes:
        document = lsp.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
        return lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(document, list(edits))])
    return lsp.WorkspaceEdit(changes={snapshot.uri: edits})


def matching(wanted: Wanted, found: Iterable[Diagnostic], line: int) -> list[lsp.Diagnostic]:
    """The client's own diagnostics that are these, whose lines count from ``line``."""
    ranges = {(one.code, _key(wanted.snapshot.positions.range(one.span.shift(line)))) for one in found}
    return [one for one in wanted.given if (one.code, _key(one.range)) in ranges]


def _key(given: lsp.Range) -> tuple[int, int, int, int]:
    return given.start.line, given.start.character, given.end.line, given.end.character
