"""From the language's diagnostics to the client's."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types as lsp
from step.diagnostic import Diagnostic

from step_server.client import Client
from step_server.snapshot import Snapshot

SOURCE = "step"
SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "information": lsp.DiagnosticSeverity.Information,
    "hint": lsp.DiagnosticSeverity.Hint,
}


def to_client(found: Iterable[Diagnostic], snapshot: Snapshot, client: Client) -> list[lsp.Diagnostic]:
    """Diagnostics whose lines count from the file's first, as this client shows them."""
    return [one_to_client(one, snapshot, client) for one in found]


def one_to_client(found: Diagnostic, snapshot: Snapshot, client: Client) -> lsp.Diagnostic:
    """One diagnostic, with what the client can show of it."""
    related = None
    if client.related_information and found.related:
        related = [
            lsp.DiagnosticRelatedInformation(
                lsp.Location(snapshot.uri, snapshot.positions.range(one.span)), one.message
            )
            for one in found.related
        ]
    unused = client.diagnostic_tags and found.code == "STEP-UNUSED"
    return lsp.Diagnostic(
        range=snapshot.positions.range(found.span),
        message=found.message,
        severity=SEVERITIES[found.severity],
        code=found.code,
        source=SOURCE,
        tags=[lsp.DiagnosticTag.Unnecessary] if unused else None,
        related_information=related,
    )
