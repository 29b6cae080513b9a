"""Beginning and end: initialize, folders, settings, shutdown."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from lsprotocol import types as lsp

from step_server.documents import key_of
from step_server.server import StepServer
from step_server.settings import Settings, read_settings

log = logging.getLogger(__name__)


def register(server: StepServer) -> None:
    """Registers the handlers."""
    session = server.session

    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        server.handler.send = server.window_log_message  # the protocol allows it before the answer
        server.begin(params)

    @server.feature(lsp.INITIALIZED)
    def initialized(_: lsp.InitializedParams) -> None:
        client = session.client
        log.info("client: %s; positions: %s", client.name or "unnamed", session.documents.encoding)
        watch: list[lsp.Registration] = []
        if client.watch_configuration:
            options = lsp.DidChangeConfigurationRegistrationOptions(section="step")
            watch.append(lsp.Registration("step-settings", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
        if client.watch_files:
            files = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher("**/*.py")])
            watch.append(lsp.Registration("step-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, files))
        if watch:
            server.client_register_capability(lsp.RegistrationParams(watch))
        if client.configuration:
            server.scheduler.start(read_configuration(), "reading the settings")
        for listener in server.on_initialized:
            listener()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def did_change_configuration(params: lsp.DidChangeConfigurationParams) -> None:
        if session.client.configuration:
            server.scheduler.start(read_configuration(), "reading the settings")
            return
        values = params.settings
        if isinstance(values, dict):  # null tells that something changed, and not what
            take({None: values.get("step", values)})

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_workspace_folders(params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        gone = {key_of(one.uri) for one in params.event.removed}
        kept = {key_of(one): one for one in session.folders if key_of(one) not in gone}
        added = {key_of(one.uri): one.uri for one in params.event.added}
        session.folders = tuple({**added, **kept}[key] for key in {**kept, **added})
        if session.client.configuration:
            server.scheduler.start(read_configuration(), "reading the settings")
        else:
            server.checking.settings_changed()

    async def read_configuration() -> None:
        scopes: list[str | None] = [None, *session.folders]
        items = [lsp.ConfigurationItem(scope_uri=scope, section="step") for scope in scopes]
        try:
            answers = await server.workspace_configuration_async(lsp.ConfigurationParams(items))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("the client did not give its settings: %s", error)
            return
        take(dict(zip(scopes, answers, strict=False)))

    def take(answers: dict[str | None, Any]) -> None:
        base, complaints = read_settings(answers.get(None), session.initial)
        folder_settings: dict[str, Settings] = {}
        for folder, values in answers.items():
            if folder is not None:
                folder_settings[folder], more = read_settings(values, base)
                complaints += more
        session.settings, session.folder_settings = base, folder_settings
        for complaint in dict.fromkeys(complaints):
            log.warning("setting ignored: %s", complaint)
        server.refresh(hints=True)
        for listener in server.on_configured:
            listener()

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE, lsp.SaveOptions(include_text=False))
    def did_save(params: lsp.DidSaveTextDocumentParams) -> None:
        session.documents.save(params.text_document.uri)

    @server.feature(lsp.SHUTDOWN)
    def shutdown(_: None) -> None:
        for listener in server.on_shutdown:
            listener()
        server.scheduler.close()

    @server.feature(lsp.SET_TRACE)
    def set_trace(_: lsp.SetTraceParams) -> None:
        """The trace is the client's: there is nothing to add to its messages."""
