"""Code actions, one kind a module: each has ``offer(wanted) -> Iterator[lsp.CodeAction]`` and ``KINDS``."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types as lsp
from step.diagnostic import Span

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
