"""What the files of the workspace declare, without opening them and without running anything.

The files are looked at in a thread of its own, first when somebody asks; later only those that the client says
changed, or, where it does not watch files, those whose time of change is another.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types as lsp
from step.source import read
from step.source.neighbours import Stamp, read_text, stamp
from step.source.split import split_lines

from step_server.declared import declared_in
from step_server.documents import path_of, uri_of
from step_server.finding import is_in, python_files
from step_server.positions import Positions
from step_server.session import Session

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a question waits for the first look at a workspace; after that it is answered with what is known."""
_IMPORTS_STEP = re.compile(r"^[ \t]*(?:from[ \t]+step\b|import[ \t]+(?:[\w., \t]*,[ \t]*)?step\b)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A file as it was when it was looked at, and what it declares; nothing, where it does not speak of STeP."""

    stamp: Stamp
    symbols: tuple[lsp.WorkspaceSymbol, ...]


class Index:
    """The declarations of the workspace's files. Everything but reading files happens on the event loop."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._files: Mapping[Path, Indexed] = {}
        self._folders: tuple[Path, ...] | None = None
        self._changed: set[Path] = set()
        self._looking: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._stop = threading.Event()

    def changed(self, uris: Iterable[str]) -> None:
        """Files were made, changed or deleted."""
        self._changed.update(Path(path) for uri in uris if (path := path_of(uri)) is not None)

    async def symbols(self) -> list[lsp.WorkspaceSymbol]:
        """What the files declare that no client has open, in the order of their paths."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look(), name="looking at the workspace")
        await asyncio.wait({self._looking}, timeout=PATIENCE)
        opened = {Path(one.path) for one in self.session.documents}
        return [one for path in sorted(self._files) if path not in opened for one in self._files[path].symbols]

    def close(self) -> None:
        """Ends the thread, as soon as it is done with the file at hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _look(self) -> None:
        folders = tuple(Path(path) for uri in self.session.folders if (path := path_of(uri)) is not None)
        encoding = self.session.documents.encoding
        known, changed, self._changed = self._files, frozenset(self._changed), set()
        everything = folders != self._folders or not self.session.client.watch_files
        if not everything and not changed:
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "step-index")
        loop = asyncio.get_running_loop()
        try:
            if everything:
                found = await loop.run_in_executor(self._thread, self._all, folders, known, encoding)
            else:
                found = await loop.run_in_executor(self._thread, self._some, folders, changed, known, encoding)
        except Exception:
            log.exception("the workspace could not be looked at")
            return
        if not self._stop.is_set():
            self._files, self._folders = found, folders

    # in the thread

    def _all(self, folders: tuple[Path, ...], known: Mapping[Path, Indexed], encoding: str) -> Mapping[Path, Indexed]:
        paths = dict.fromkeys(one for folder in folders for one in python_files(folder, self._stop.is_set))
        found = {path: one for path in paths if (one := self._one(path, known.get(path), encoding)) is not None}
        speaking = sum(bool(one.symbols) for one in found.values())
        if known.keys() != found.keys():
            log.info("workspace: %d Python files, %d of them declare something of STeP", len(found), speaking)
        return found

    def _some(
        self, folders: tuple[Path, ...], changed: frozenset[Path], known: Mapping[Path, Indexed], encoding: str
    ) -> Mapping[Path, Indexed]:
        found = dict(known)
        for path in changed:
            inside = any(is_in(path, folder) for folder in folders)
            one = self._one(path, known.get(path), encoding) if inside else None
            if one is not None:
                found[path] = one
            else:
                found.pop(path, None)
        return found

    def _one(self, path: Path, known: Indexed | None, encoding: str) -> Indexed | None:
        now = stamp(path)
        if now is None or self._stop.is_set():
            return None
        if known is not None and known.stamp == now:
            return known
        text = read_text(path)
        if text is None or _IMPORTS_STEP.search(text) is None:
            return Indexed(now, ())
        uri, positions = uri_of(path), Positions(split_lines(text), encoding)
        return Indexed(
            now,
            tuple(
                lsp.WorkspaceSymbol(lsp.Location(uri, positions.range(one.span)), one.name, one.kind)
                for one in declared_in(read(text, str(path)))
            ),
        )
