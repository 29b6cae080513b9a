"""The documents that clients have open: the only place where a text changes.

A change is applied, and that is all: reading and checking happen when somebody asks for the snapshot, at most once for
a version.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from step.check import Checker
from step.source import ModuleReader
from step.source.neighbours import stamp
from step.source.split import split_lines

from step_server.edits import apply_changes
from step_server.positions import UTF16, Positions
from step_server.snapshot import Snapshot

NOTEBOOK_SCHEMES = frozenset({"vscode-notebook-cell", "vscode-interactive-input", "vscode-interactive"})
"""Cells see names of other cells, so that no cell can be judged by itself: the server keeps silent there."""

_DRIVE = re.compile(r"file:///([A-Za-z]):(?=/|$)")

Listener = Callable[["Document"], None]


class Document:
    """An open document. ``encoding`` is the unit of the client's columns, ``cost`` the seconds that
    reading and checking it last took."""

    def __init__(self, uri: str, version: int | None, text: str, encoding: str = UTF16) -> None:
        self.uri, self.version, self.text, self.encoding = uri, version, text, encoding
        self._reader, self._checker = ModuleReader(), Checker()
        self._snapshot: Snapshot | None = None
        self.cost = 0.0

    @property
    def path(self) -> str:
        """The file's path; the URI itself for a document without one."""
        return path_of(self.uri) or self.uri

    @property
    def is_silent(self) -> bool:
        """Whether the document is a part of something that cannot be read by itself."""
        return urlsplit(self.uri).scheme in NOTEBOOK_SCHEMES

    def change(self, version: int | None, text: str) -> None:
        """Takes a new version's text."""
        self.version = version
        if text != self.text:
            self.text = text
        self._snapshot = None

    def look_again(self) -> bool:
        """Reads the version again, if a file beside it changed on the disk; whether one did."""
        outdated = self._snapshot is not None and any(
            stamp(path) != seen for path, seen in self._snapshot.module.beside
        )
        if outdated:
            self._snapshot = None
        return outdated

    @property
    def is_analysed(self) -> bool:
        """Whether this version was read and checked."""
        return self._snapshot is not None

    @property
    def snapshot(self) -> Snapshot:
        """This version, read and checked; only operators that an edit touched are read and checked again."""
        if self._snapshot is None:
            started = time.perf_counter()
            module = self._reader.read("" if self.is_silent else self.text, self.path)
            positions = Positions(split_lines(self.text), self.encoding)
            checks = self._checker.check(module)
            self._snapshot = Snapshot(self.uri, self.version, self.text, positions, module, checks)
            self.cost = time.perf_counter() - started
        return self._snapshot


class Documents:
    """The open documents by URI, and who wants to know when one opens, changes, is saved or closes."""

    def __init__(self) -> None:
        self.encoding = UTF16
        self._open: dict[str, Document] = {}
        self.on_open: list[Listener] = []
        self.on_change: list[Listener] = []
        self.on_save: list[Listener] = []
        self.on_close: list[Listener] = []

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)

    def get(self, uri: str) -> Document | None:
        """The open document of a URI, however the client escapes it."""
        return self._open.get(key_of(uri))

    def snapshot(self, uri: str) -> Snapshot | None:
        """The snapshot of an open document."""
        document = self.get(uri)
        return document.snapshot if document is not None else None

    def open(self, uri: str, version: int | None, text: str) -> None:
        """A client opened a document, or opened it again."""
        document = Document(uri, version, text, self.encoding)
        self._open[key_of(uri)] = document
        self._tell(self.on_open, document)

    def change(self, uri: str, version: int | None, changes: list[lsp.TextDocumentContentChangeEvent]) -> None:
        """A client changed a document; a document that nobody opened is left alone."""
        document = self.get(uri)
        if document is not None:
            document.change(version, apply_changes(document.text, changes, self.encoding))
            self._tell(self.on_change, document)

    def save(self, uri: str) -> None:
        """A client saved a document."""
        document = self.get(uri)
        if document is not None:
            self._tell(self.on_save, document)

    def close(self, uri: str) -> None:
        """A client closed a document: everything about it is forgotten."""
        document = self._open.pop(key_of(uri), None)
        if document is not None:
            self._tell(self.on_close, document)

    @staticmethod
    def _tell(listeners: list[Listener], document: Document) -> None:
        for listener in listeners:
            listener(document)


def key_of(uri: str) -> str:
    """A URI in one spelling: clients do not agree on what to escape, nor on how to write a drive's letter."""
    key = unquote(uri)
    drive = _DRIVE.match(key)
    return f"file:///{drive[1].lower()}{key[drive.end(1) :]}" if drive else key


def path_of(uri: str) -> str | None:
    """The path of a file's URI; None for another kind."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    if parts.netloc and parts.netloc != "localhost":
        path = f"//{parts.netloc}{path}"
    elif len(path) > 2 and path[0] == "/" and path[2] == ":":
        path = path[1:]
    return path


def uri_of(path: str | Path) -> str:
    """The URI of a path."""
    return Path(path).absolute().as_uri()
