"""Files beside a module: when one changes on the disk, what was read from it is read again, and the verdicts of
operators that use it are no longer true."""

from __future__ import annotations

from lsprotocol import types as lsp

from step_server.documents import Document, key_of
from step_server.server import StepServer
from step_server.statuses import VERDICTS, meaning_of


def register(server: StepServer) -> None:
    """Registers the handler, and listens to what is saved."""
    session = server.session

    def recheck(document: Document) -> None:
        """Checks the operators again whose verdicts a change of another file made stale."""
        snapshot = document.snapshot
        stale = [
            check.operator.name
            for check, status in server.statuses.of(snapshot)
            if status.state in VERDICTS and status.meaning != meaning_of(snapshot.module, check.operator.name)
        ]
        if not stale:
            return
        if server.statuses.restale(snapshot):
            server.status_changed(document.uri)
        settings = session.settings_of(document.uri)
        if settings.trusted and settings.check_on_save:
            focus = server.checking.focus
            server.checking.request(snapshot, stale, force=False)
            server.checking.focus = focus

    def saved(document: Document) -> None:
        others([document.uri])

    def others(changed: list[str]) -> None:
        known = {key_of(uri) for uri in changed}
        read_again = False
        for document in session.documents:
            if key_of(document.uri) in known:
                continue
            if document.look_again():
                read_again = True
                server.status_changed(document.uri)
            if server.statuses.any_of(document.uri):
                recheck(document)
        if read_again:
            server.refresh(hints=True, tokens=True, diagnostics=True)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: lsp.DidChangeWatchedFilesParams) -> None:
        for listener in server.on_files:
            listener([one.uri for one in params.changes])

    session.documents.on_save.append(saved)
    server.on_files.append(others)
