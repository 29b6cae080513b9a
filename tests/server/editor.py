"""An editor for the tests: pytest-lsp's client with documents, and with waiting that needs no clock."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, Union

import pytest_lsp
from cattrs import Converter
from lsprotocol import types as lsp
from pytest_lsp.client import register_lsp_features
from step_server.protocol import make_converter

PATIENCE = 60.0
"""Seconds after which a test that waits for something gives up; nothing here takes a second by itself."""

SERVER = (str(Path(sys.executable).parent / "steplang"), "lsp")
T = TypeVar("T")


def client_converter() -> Converter:
    """The server's converter; but lsprotocol takes a code action that has a command for a command."""
    converter = make_converter()

    def either(value: Any, _: Any) -> Any:
        kind = lsp.Command if isinstance(value.get("command"), str) else lsp.CodeAction
        return converter.structure(value, kind)

    converter.register_structure_hook(Union[lsp.Command, lsp.CodeAction], either)  # noqa: UP007 (as lsprotocol has it)
    return converter


class Editor:
    """A client with open documents. ``log`` has everything that the server told, in order."""

    def __init__(self, folder: Path, client_spec: str = "visual-studio-code") -> None:
        self.folder = folder
        self.client = pytest_lsp.LanguageClient(converter_factory=client_converter)
        self.capabilities = pytest_lsp.client_capabilities(client_spec)
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.published: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.pushes: list[lsp.PublishDiagnosticsParams] = []
        self.statuses: dict[str, dict[str, dict[str, Any]]] = {}
        self.status_history: list[tuple[str, str]] = []
        self.server_status: dict[str, Any] = {}
        self.progress: list[tuple[Any, Any]] = []
        self.edits: list[lsp.ApplyWorkspaceEditParams] = []
        self.refreshes: list[str] = []
        self.accepts_edits = True
        self.refuses: Callable[[], None] | None = None
        """What happens in the editor just when the next edit arrives, so that it is refused."""
        self.result: lsp.InitializeResult | None = None
        self._news = asyncio.Condition()
        self._register()

    # life

    async def start(
        self,
        *,
        options: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        folders: list[Path] | None = None,
        command: tuple[str, ...] = SERVER,
    ) -> Editor:
        """Starts the server and introduces itself."""
        environment = {**os.environ, "STEPLANG_EXPERIENCE": f"sqlite:///{self.folder / 'experience.db'}", **(env or {})}
        for key in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
            environment.pop(key, None)
        await self.client.start_io(*command, env=environment)
        opened = folders or [self.folder]
        self.result = await self.client.initialize_session(
            lsp.InitializeParams(
                capabilities=self.capabilities,
                workspace_folders=[lsp.WorkspaceFolder(one.as_uri(), one.name) for one in opened],
                root_uri=opened[0].as_uri(),
                initialization_options={"trusted": True, "clientCommands": [], **(options or {})},
            )
        )
        return self

    async def stop(self) -> None:
        """Says goodbye as editors do, and waits for the server's end."""
        await asyncio.wait_for(self.client.shutdown_session(), PATIENCE)
        await self.client.stop()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The server's process."""
        process: Any = self.client._server
        assert process is not None
        return process  # type: ignore[no-any-return]

    # documents

    def uri(self, name: str) -> str:
        """The URI of a file in the workspace."""
        return (self.folder / name).as_uri()

    def open(self, text: str, name: str | None = None, *, uri: str | None = None) -> str:
        """Opens a document, a new one where it is not named; returns its URI."""
        where = uri or self.uri(name or f"module_{len(self.versions)}.py")
        self.texts[where], self.versions[where] = text, 1
        self.client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(where, "python", 1, text))
        )
        return where

    def write(self, uri: str, text: str) -> None:
        """Replaces the whole text."""
        self.send(uri, text, lsp.TextDocumentContentChangeWholeDocument(text))

    def replace(self, uri: str, old: str, new: str) -> None:
        """Replaces the first occurrence of a text by an incremental change."""
        text = self.texts[uri]
        start = text.index(old)
        changed = lsp.Range(self.position(uri, start), self.position(uri, start + len(old)))
        self.send(uri, text.replace(old, new, 1), lsp.TextDocumentContentChangePartial(range=changed, text=new))

    def send(self, uri: str, text: str, change: lsp.TextDocumentContentChangeEvent) -> None:
        """Sends a change whose result is known."""
        self.texts[uri] = text
        self.versions[uri] += 1
        document = lsp.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri])
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    def save(self, uri: str) -> None:
        """Tells that a document was saved."""
        self.client.text_document_did_save(lsp.DidSaveTextDocumentParams(self.document(uri)))

    def close(self, uri: str) -> None:
        """Closes a document."""
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(self.document(uri)))
        self.texts.pop(uri)

    def document(self, uri: str) -> lsp.TextDocumentIdentifier:
        """Names a document."""
        return lsp.TextDocumentIdentifier(uri)

    def position(self, uri: str, offset: int) -> lsp.Position:
        """The position of an offset, in UTF-16 as the test's client counts."""
        before = self.texts[uri][:offset].replace("\r\n", "\n")
        line = before.count("\n")
        column = before.rpartition("\n")[2]
        return lsp.Position(line, len(column.encode("utf-16-le")) // 2)

    def at(self, uri: str, mark: str, shift: int = 0) -> lsp.Position:
        """The position of a text in a document."""
        return self.position(uri, self.texts[uri].index(mark) + shift)

    def marked(self, uri: str, found: lsp.Range) -> str:
        """The text in a range."""
        lines = self.texts[uri].replace("\r\n", "\n").split("\n")
        encoded = [line.encode("utf-16-le") for line in lines[found.start.line : found.end.line + 1]]
        encoded[-1] = encoded[-1][: 2 * found.end.character]
        encoded[0] = encoded[0][2 * found.start.character :]
        return "\n".join(one.decode("utf-16-le") for one in encoded)

    # asking

    async def request(self, method: str, params: Any) -> Any:
        """A request that is not plain LSP."""
        return await asyncio.wait_for(self.client.protocol.send_request_async(method, params), PATIENCE)

    async def pull(self, uri: str) -> list[lsp.Diagnostic]:
        """The live diagnostics, pulled."""
        report = await self.client.text_document_diagnostic_async(lsp.DocumentDiagnosticParams(self.document(uri)))
        assert isinstance(report, lsp.RelatedFullDocumentDiagnosticReport)
        return list(report.items)

    async def actions(self, uri: str, found: lsp.Range, only: list[str] | None = None) -> list[lsp.CodeAction]:
        """The code actions at a range, with the diagnostics there."""
        given = [one for one in await self.pull(uri) if _touch(one.range, found)]
        kinds: list[Any] | None = list(only) if only else None
        params = lsp.CodeActionParams(self.document(uri), found, lsp.CodeActionContext(given, only=kinds))
        answer = await self.client.text_document_code_action_async(params)
        return [one for one in answer or [] if isinstance(one, lsp.CodeAction)]

    def apply(self, edit: lsp.WorkspaceEdit) -> None:
        """Applies an edit as an editor does: all of it or nothing, and only of the version that it is for."""
        changes: dict[str, list[Any]] = {uri: list(edits) for uri, edits in (edit.changes or {}).items()}
        for one in edit.document_changes or []:
            assert isinstance(one, lsp.TextDocumentEdit)
            version = one.text_document.version
            assert version is None or version == self.versions[one.text_document.uri]
            changes[one.text_document.uri] = list(one.edits)
        for uri, edits in changes.items():
            text = self.texts[uri]
            for change in sorted(edits, key=lambda it: (it.range.start.line, it.range.start.character), reverse=True):
                start, end = self.offset(text, change.range.start), self.offset(text, change.range.end)
                text = text[:start] + change.new_text + text[end:]
            self.send(uri, text, lsp.TextDocumentContentChangeWholeDocument(text))

    @staticmethod
    def offset(text: str, position: lsp.Position) -> int:
        """Where a position is in a text."""
        lines = text.splitlines(keepends=True) or [""]
        if position.line >= len(lines):
            return len(text)
        before = lines[position.line].encode("utf-16-le")[: 2 * position.character].decode("utf-16-le")
        return sum(map(len, lines[: position.line])) + len(before)

    def watch(self, token: str) -> str:
        """A token of the client's own, on which progress may come."""
        self.client.progress_reports[token] = []
        return token

    # waiting

    async def child(self) -> int:
        """Waits until a child was started; its process id."""

        def met() -> int | None:
            found = [re.search(r"child (\d+) runs", one.message) for one in self.client.log_messages]
            return next((int(one[1]) for one in reversed(found) if one), None)

        return await self.until(met)

    async def until(self, met: Callable[[], T | None]) -> T:
        """Waits until something that the server tells makes a condition true; returns what it gives."""

        async def wait() -> T:
            async with self._news:
                while True:
                    found = met()
                    if found:
                        return found
                    await self._news.wait()

        return await asyncio.wait_for(wait(), PATIENCE)

    async def status(self, uri: str, operator: str, *states: str) -> dict[str, Any]:
        """Waits for a status of an operator."""

        def met() -> dict[str, Any] | None:
            one = self.statuses.get(uri, {}).get(operator)
            return one if one is not None and one["status"] in states else None

        return await self.until(met)

    async def pushed(self, uri: str, met: Callable[[list[lsp.Diagnostic]], bool]) -> list[lsp.Diagnostic]:
        """Waits for pushed diagnostics that fulfil a condition, and that are not of an older version."""

        def found() -> lsp.PublishDiagnosticsParams | None:
            one = self.published.get(uri)
            if one is None or (one.version is not None and one.version != self.versions.get(uri)):
                return None
            return one if met(list(one.diagnostics)) else None

        return list((await self.until(found)).diagnostics)

    def _register(self) -> None:
        client = self.client
        register_lsp_features(client)
        features = client.protocol.fm.features

        async def tell() -> None:
            async with self._news:
                self._news.notify_all()

        def on(method: str) -> Callable[[Callable[[Any], Any]], None]:
            def decorate(take: Callable[[Any], Any]) -> None:
                default = features.pop(method, None)

                def handler(params: Any) -> Any:
                    answer = default(params) if default is not None else None
                    own = take(params)
                    asyncio.get_running_loop().create_task(tell())
                    return own if own is not None else answer

                client.feature(method)(handler)

            return decorate

        @on(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams) -> None:
            self.published[params.uri] = params
            self.pushes.append(params)

        @on("step/operatorStatus")
        def operator_status(params: Any) -> None:
            self.statuses[params["uri"]] = {one["operator"]: one for one in params["operators"]}
            self.status_history += [(one["operator"], one["status"]) for one in params["operators"]]

        @on("step/serverStatus")
        def server_status(params: Any) -> None:
            self.server_status = params

        @on(lsp.PROGRESS)
        def progress(params: lsp.ProgressParams) -> None:
            self.progress.append((params.token, params.value))

        @on(lsp.WORKSPACE_APPLY_EDIT)
        def apply_edit(params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
            self.edits.append(params)
            refuses, self.refuses = self.refuses, None
            if refuses is not None:
                refuses()
            elif self.accepts_edits:
                self.apply(params.edit)
            return lsp.ApplyWorkspaceEditResult(applied=refuses is None and self.accepts_edits)

        @on(lsp.WINDOW_LOG_MESSAGE)
        def logged(_: Any) -> None: ...

        @on(lsp.WINDOW_SHOW_MESSAGE)
        def shown(_: Any) -> None: ...

        for method in (
            lsp.WORKSPACE_CODE_LENS_REFRESH,
            lsp.WORKSPACE_INLAY_HINT_REFRESH,
            lsp.WORKSPACE_SEMANTIC_TOKENS_REFRESH,
        ):

            @on(method)
            def refreshed(_: Any, method: str = method) -> None:
                self.refreshes.append(method)

        @on(lsp.CLIENT_REGISTER_CAPABILITY)
        def registered(_: Any) -> None: ...


def _touch(one: lsp.Range, other: lsp.Range) -> bool:
    return (one.start.line, one.start.character) <= (other.end.line, other.end.character) and (
        other.start.line,
        other.start.character,
    ) <= (one.end.line, one.end.character)
