"""The language server: one session, its documents, and the features, each of which registers itself."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import FeatureNotificationError, FeatureRequestError
from pygls.lsp.server import LanguageServer

import step_server
from step_server import features, logs
from step_server.across.asking import Asking
from step_server.checking import Checking
from step_server.children import Children
from step_server.client import read_client
from step_server.documents import Document, path_of
from step_server.indexing import Index
from step_server.proposing import Proposing
from step_server.protocol import StepProtocol, make_converter
from step_server.remembering import Remembering
from step_server.scheduling import Scheduler
from step_server.session import Session
from step_server.settings import read_settings
from step_server.snapshot import Snapshot
from step_server.statuses import Statuses
from step_server.synthesis import Syntheses

log = logging.getLogger(__name__)


class StepServer(LanguageServer):
    """Speaks of STeP, and of nothing that a Python tool speaks of."""

    def __init__(self) -> None:
        # The session comes first: the protocol's handlers are looked up while the base class is made.
        self.session = Session()
        self.scheduler = Scheduler()
        self.statuses = Statuses()
        self.children = Children(self.session)
        self.checking = Checking(
            self.session,
            self.statuses,
            self.children,
            self.scheduler,
            self.snapshot,
            self.status_changed,
            self.rested,
        )
        self.remembering = Remembering(lambda: self.session.settings.experience_url)
        self.syntheses = Syntheses(self)
        self.proposing = Proposing()
        self.on_initialized: list[Callable[[], None]] = []
        self.on_configured: list[Callable[[], None]] = []
        self.on_status: list[Callable[[str], None]] = []
        self.on_rest: list[Callable[[], None]] = []
        self.on_shutdown: list[Callable[[], None]] = []
        self.on_files: list[Callable[[list[str]], None]] = []
        self.index = Index(self.session)
        self.asking = Asking(self.session, self.index)
        self.on_files.append(self.index.changed)
        self.on_shutdown += [self.index.close, self.asking.close]
        self.handler = logs.set_up()
        super().__init__(
            "steplang",
            step_server.__version__,
            protocol_cls=StepProtocol,
            converter_factory=make_converter,
            max_workers=2,
        )
        for module in sorted(one.name for one in pkgutil.iter_modules(features.__path__)):
            importlib.import_module(f"{features.__name__}.{module}").register(self)

    def snapshot(self, uri: str) -> Snapshot | None:
        """The snapshot of an open document that speaks STeP."""
        snapshot = self.session.documents.snapshot(uri)
        return snapshot if snapshot is not None and snapshot.speaks_step else None

    def snapshot_of_any(self, uri: str) -> Snapshot | None:
        """The snapshot of a document that is open, or of a file on disk."""
        if self.session.documents.get(uri) is not None:
            return self.snapshot(uri)
        path = path_of(uri)
        try:
            text = Path(path).read_bytes().decode("utf-8") if path else None
        except (OSError, UnicodeDecodeError):
            return None
        snapshot = Document(uri, None, text, self.session.documents.encoding).snapshot if text is not None else None
        return snapshot if snapshot is not None and snapshot.speaks_step else None

    def status_changed(self, uri: str) -> None:
        """Tells everybody who shows the statuses of a document."""
        for listener in self.on_status:
            listener(uri)

    def rested(self) -> None:
        """Tells everybody who shows whether checks run that none does any longer."""
        for listener in self.on_rest:
            listener()

    def begin(self, params: lsp.InitializeParams) -> None:
        """Takes what the client says about itself."""
        options = params.initialization_options if isinstance(params.initialization_options, dict) else {}
        commands = options.get("clientCommands")
        names = frozenset(map(str, commands)) if isinstance(commands, list) else frozenset()
        session = self.session
        session.client = read_client(params, names)
        session.documents.encoding = str(getattr(self.encoding, "value", self.encoding))
        session.settings, complaints = read_settings(options.get("settings", {}), session.settings)
        if isinstance(options.get("trusted"), bool):
            session.settings, _ = read_settings({"trusted": options["trusted"]}, session.settings)
        session.initial = session.settings
        folders = [one.uri for one in params.workspace_folders or []]
        if not folders and params.root_uri:
            folders = [params.root_uri]
        session.folders = tuple(folders)
        for complaint in complaints:
            log.warning("setting ignored: %s", complaint)

    @property
    def encoding(self) -> Any:
        """The unit of columns that was agreed on."""
        return self.protocol.workspace.position_encoding

    def refresh(self, *, hints: bool = False, tokens: bool = False, diagnostics: bool = False) -> None:
        """Asks the client to ask again, where it can, for lenses and for what else is named."""
        client = self.session.client
        if client.refresh_lenses:
            self.workspace_code_lens_refresh(None)
        if hints and client.refresh_hints:
            self.workspace_inlay_hint_refresh(None)
        if tokens and client.refresh_tokens:
            self.workspace_semantic_tokens_refresh(None)
        if diagnostics and client.refresh_diagnostics:
            self.workspace_diagnostic_refresh(None)

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """An error of a handler is a line in the log, never a pop-up: the answer to a request carries its own."""
        if source is not FeatureRequestError:
            kind = "notification" if source is FeatureNotificationError else "message"
            log.error("a %s could not be handled: %s", kind, error)

    def shutdown(self) -> None:
        """Stops everything that runs."""
        self.handler.send = None
        super().shutdown()  # type: ignore[no-untyped-call]


def make_server() -> StepServer:
    """A server with all features, ready to be started."""
    return StepServer()
