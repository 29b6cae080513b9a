"""Diagnostics: live ones are pulled (or pushed to a client that does not pull), the functional check's are pushed.

The two stay apart in a client that pulls, because it keeps two collections; in any other client one push carries both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from lsprotocol import types as lsp
from step.check.echoes import without_echoes

from step_server.convert import to_client
from step_server.documents import Document
from step_server.server import StepServer
from step_server.snapshot import Snapshot
from step_server.statuses import holds

SLOW = 0.2
"""Seconds: the longest that a push waits for typing to pause."""


def register(server: StepServer) -> None:
    """Registers the handlers, and listens to documents and verdicts."""
    session = server.session
    pushed: dict[str, tuple[bool, int | None, str]] = {}

    def live(snapshot: Snapshot) -> list[lsp.Diagnostic]:
        return to_client(snapshot.diagnostics, snapshot, session.client)

    def functional(snapshot: Snapshot) -> list[lsp.Diagnostic]:
        found = [
            one.in_file(snapshot.module)
            for check, status in server.statuses.of(snapshot)
            if status.findings and holds(status, check, snapshot)
            for one in status.findings
            if one.diagnostic.code not in {known.code for known in check.diagnostics}
        ]
        return to_client(without_echoes(snapshot.diagnostics, found), snapshot, session.client)

    @server.feature(
        lsp.TEXT_DOCUMENT_DIAGNOSTIC,
        lsp.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier="step"),
    )
    def pull(
        params: lsp.DocumentDiagnosticParams,
    ) -> lsp.RelatedFullDocumentDiagnosticReport | lsp.RelatedUnchangedDocumentDiagnosticReport:
        snapshot = server.snapshot(params.text_document.uri)
        items = live(snapshot) if snapshot is not None else []
        result = fingerprint(items)
        if params.previous_result_id == result:
            return lsp.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
        return lsp.RelatedFullDocumentDiagnosticReport(items=items, result_id=result)

    def publish(uri: str) -> None:
        document = session.documents.get(uri)
        if document is None:
            return
        snapshot = document.snapshot
        items: list[lsp.Diagnostic] = []
        if snapshot.speaks_step:
            items = functional(snapshot)
            if not session.client.pull_diagnostics:
                items = live(snapshot) + items
        last = pushed.get(document.uri)
        now = (bool(items), document.version, fingerprint(items))
        if now == last or (session.client.pull_diagnostics and not items and not (last and last[0])):
            return
        pushed[document.uri] = now
        version = document.version if session.client.diagnostic_versions else None
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(document.uri, items, version))

    def changed(document: Document) -> None:
        last = pushed.get(document.uri)
        if session.client.pull_diagnostics and not (last and last[0]):
            return
        server.scheduler.schedule(("publish", document.uri), pause(document), lambda: publish(document.uri))

    def closed(document: Document) -> None:
        server.scheduler.cancel(("publish", document.uri))
        last = pushed.pop(document.uri, None)
        if (last and last[0]) or not session.client.pull_diagnostics:
            server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(document.uri, []))

    session.documents.on_open.append(changed)
    session.documents.on_change.append(changed)
    session.documents.on_close.append(closed)
    server.on_status.append(publish)


def pause(document: Document) -> float:
    """How long to wait for more typing, in seconds: nothing where checking is quick."""
    return 0.0 if document.cost < 0.02 else min(2 * document.cost, SLOW)


def fingerprint(items: Sequence[lsp.Diagnostic]) -> str:
    """Equal for equal diagnostics, so that an edit that changes none sends none."""
    digest = hashlib.blake2b(digest_size=12)
    for one in items:
        digest.update(repr(one).encode(errors="surrogatepass"))
    return digest.hexdigest()
