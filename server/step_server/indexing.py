"""The workspace's files: what each imports, and what it declares, without opening them and without running anything.

The files are looked at in a thread of its own, first when somebody asks; later only those that the client says
changed, or, where it does not watch files, those whose time of change is another. What a file imports is told from
its lines; it is read as a module only when somebody asks for symbols.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from lsprotocol import types as lsp
from step.source import read
from step.source.neighbours import MAX_BYTES, Stamp, stamp
from step.source.split import split_lines

from step_server.across.facts import Facts, facts_of
from step_server.across.view import read_source
from step_server.declared import declared_in
from step_server.documents import path_of, uri_of
from step_server.finding import is_in, python_files
from step_server.positions import Positions
from step_server.session import Session

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a search for symbols waits for the first look at a workspace; after that it is answered with what is
known."""
_AT_ONCE = 32
"""Files that are read as modules before others get their turn in the thread."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Indexed:
    """A file as it was when it was looked at, and what it imports. ``symbols`` is what it declares, once somebody asked
    for it; nothing, where it does not speak of STeP."""

    stamp: Stamp
    facts: Facts
    symbols: tuple[lsp.WorkspaceSymbol, ...] | None = None


@dataclass(frozen=True)
class Folder:
    """A workspace folder as the client spells it, and where it truly is: the paths of files are counted from there."""

    spelled: Path
    path: Path

    def spell(self, path: Path) -> Path | None:
        """A file of the folder as the client would spell it."""
        return self.spelled / path.relative_to(self.path) if self.path in path.parents else None


@dataclass
class _Look:
    """What one look found; ``complaints`` are for the log, which is the event loop's."""

    files: dict[Path, Indexed] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


class Index:
    """The workspace's files. Everything but reading files happens on the event loop."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.files: Mapping[Path, Indexed] = {}
        self.folders: tuple[Folder, ...] = ()
        self._spelled: tuple[str, ...] | None = None
        self._changed: set[Path] = set()
        self._looking: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._stop = threading.Event()
        self._complained: set[str] = set()

    def changed(self, uris: Iterable[str]) -> None:
        """Files were made, changed or deleted."""
        self._changed.update(Path(path) for uri in uris if (path := path_of(uri)) is not None)

    @property
    def is_known(self) -> bool:
        """Whether the workspace's folders are those that were looked at."""
        return self._spelled == self._folders_now()

    def _folders_now(self) -> tuple[str, ...]:
        return tuple(path for uri in self.session.folders if (path := path_of(uri)) is not None)

    async def symbols(self) -> list[lsp.WorkspaceSymbol]:
        """What the files declare that no client has open, in the order of their paths."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read(), name="reading the workspace")
        await asyncio.wait({self._reading}, timeout=PATIENCE)
        opened = {os.path.realpath(one.path) for one in self.session.documents}
        known = self.files
        return [one for path in sorted(known) if str(path) not in opened for one in known[path].symbols or ()]

    async def look(self, *, everything: bool = False) -> None:
        """Waits until the files are known as they are now. ``everything``: whatever the client told of changes."""
        while self._looking is not None and not self._looking.done():  # one that began before may have missed some
            await asyncio.wait({self._looking})
        await asyncio.wait({self._look(everything=everything)})

    def close(self) -> None:
        """Ends the thread, as soon as it is done with the file at hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _look(self, *, everything: bool = False) -> asyncio.Task[None]:
        if self._looking is None or self._looking.done():
            work = self._looked(everything)
            self._looking = asyncio.get_running_loop().create_task(work, name="looking at the workspace")
        return self._looking

    async def _looked(self, everything: bool) -> None:
        spelled = self._folders_now()
        known, changed, self._changed = self.files, frozenset(self._changed), set()
        everything |= spelled != self._spelled or not self.session.client.watch_files
        if not everything and not changed:
            return
        try:
            folders = self.folders
            if spelled != self._spelled:
                folders = await self._in_thread(_folders, spelled)
            found = await self._in_thread(self._found, folders, None if everything else changed, known)
        except Exception:
            self._spelled = None  # all of it again, the next time
            log.exception("the workspace could not be looked at")
            return
        if self._stop.is_set():
            return
        if everything and known.keys() != found.files.keys():
            speaking = sum(one.facts.speaks_step for one in found.files.values())
            log.info("workspace: %d Python files, %d of them import step", len(found.files), speaking)
        for complaint in found.complaints:
            if complaint not in self._complained:
                self._complained.add(complaint)
                log.warning("%s", complaint)
        self.files, self.folders, self._spelled = found.files, folders, spelled

    async def _read(self) -> None:
        """Reads what the files declare, some at a time: who asks for something else has not to wait for all of them."""
        await self.look()
        encoding = self.session.documents.encoding
        while not self._stop.is_set():
            unread = [(path, one) for path, one in self.files.items() if one.symbols is None][:_AT_ONCE]
            if not unread:
                return
            found = await self._in_thread(_all_symbols, unread, self.folders, encoding)
            files = dict(self.files)
            for (path, before), after in zip(unread, found, strict=True):
                if files.get(path) is before:
                    files[path] = after
            self.files = files

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "step-index")
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *arguments))

    # in the thread

    def _found(
        self,
        folders: tuple[Folder, ...],
        changed: frozenset[Path] | None,
        known: Mapping[Path, Indexed],
    ) -> _Look:
        """The files as they are: all of them, or those that changed besides those that did not."""
        look = _Look()
        if changed is None:
            for folder in folders:
                for path in python_files(folder.path, self._stop.is_set, look.complaints.append):
                    if path not in look.files and not _is_found_elsewhere(path, folders):
                        self._take(path, known.get(path), look)
        else:
            look.files = dict(known)
            for path in {Path(os.path.realpath(one)) for one in changed}:
                look.files.pop(path, None)
                if any(is_in(path, folder.path) for folder in folders):
                    self._take(path, known.get(path), look)
        return look

    def _take(self, path: Path, known: Indexed | None, look: _Look) -> None:
        now = stamp(path)
        if now is None or self._stop.is_set():
            return
        if known is not None and known.stamp == now:
            look.files[path] = known
            return
        text = read_source(path)
        if text is None:
            why = f"is longer than {MAX_BYTES:,} bytes" if now[1] > MAX_BYTES else "cannot be read as text"
            look.complaints.append(f"{path} {why}: what it imports and declares is not known")
        look.files[path] = Indexed(now, facts_of(text or ""))


def _is_found_elsewhere(path: Path, folders: Iterable[Folder]) -> bool:
    """Whether a file is but a link to another one of the workspace."""
    return path.is_symlink() and any(is_in(Path(os.path.realpath(path)), one.path) for one in folders)


def _folders(spelled: Iterable[str]) -> tuple[Folder, ...]:
    return tuple(Folder(Path(one), Path(os.path.realpath(one))) for one in spelled)


def spelled(path: Path, folders: Iterable[Folder]) -> str:
    """The URI of a file as the client spells its folder."""
    return uri_of(next((found for one in folders if (found := one.spell(path)) is not None), path))


def _all_symbols(files: Iterable[tuple[Path, Indexed]], folders: Sequence[Folder], encoding: str) -> list[Indexed]:
    return [replace(one, symbols=_symbols(path, one, folders, encoding)) for path, one in files]


def _symbols(path: Path, one: Indexed, folders: Iterable[Folder], encoding: str) -> tuple[lsp.WorkspaceSymbol, ...]:
    text = read_source(path) if one.facts.speaks_step else None
    if text is None:
        return ()
    uri, positions = spelled(path, folders), Positions(split_lines(text), encoding)
    return tuple(
        lsp.WorkspaceSymbol(lsp.Location(uri, positions.range(found.span)), found.name, found.kind)
        for found in declared_in(read(text, str(path)))
    )
