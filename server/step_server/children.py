"""The child processes in which users' code runs: one for checks for each interpreter, and one for each synthesis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from step.sandbox import Limits, Sandbox

from step_server.interpreters import interpreter_for
from step_server.session import Session

log = logging.getLogger(__name__)


class Children:
    """Starts children when they are needed and ends them all at the end."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._checking: dict[tuple[str, int], Sandbox] = {}
        self._others: set[Sandbox] = set()

    def interpreter(self, uri: str) -> str:
        """The Python that runs a document's module."""
        return interpreter_for(self.session.settings_of(uri).interpreter, self.session.folder_path(uri))

    def for_checks(self, uri: str) -> Sandbox:
        """The child that checks documents of this one's interpreter; always the same."""
        interpreter, memory = self.interpreter(uri), self.session.settings_of(uri).check_memory
        known = self._checking.get((interpreter, memory))
        if known is None:
            for key in [one for one in self._checking if one[0] == interpreter]:
                self._end(self._checking.pop(key))
            known = self._checking[interpreter, memory] = self._make(uri)
        return known

    def for_synthesis(self, uri: str) -> Sandbox:
        """A child of its own for one synthesis, so that checks do not wait for it; give it to :meth:`release`."""
        made = self._make(uri)
        self._others.add(made)
        return made

    def keep(self, busy: Iterable[str] = ()) -> None:
        """Ends the children for checks whose interpreter nobody uses any longer: no trusted folder, no open document,
        and no check that runs now (``busy``)."""
        places = [*self.session.folders, *(one.uri for one in self.session.documents)]
        wanted = {self.interpreter(uri) for uri in places if self.session.settings_of(uri).trusted} | set(busy)
        for key in [one for one in self._checking if one[0] not in wanted]:
            self._end(self._checking.pop(key))

    async def release(self, sandbox: Sandbox) -> None:
        """Ends a synthesis's child."""
        self._others.discard(sandbox)
        await sandbox.close()

    async def restart(self) -> None:
        """Ends the children; the next check starts new ones."""
        ending = list(self._checking.values())
        self._checking.clear()
        await asyncio.gather(*(one.close() for one in ending))

    async def close(self) -> None:
        """Ends all children."""
        ending = [*self._checking.values(), *self._others]
        self._checking.clear()
        self._others.clear()
        await asyncio.gather(*(one.close() for one in ending), return_exceptions=True)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that live now."""
        every = [*self._checking.values(), *self._others]
        return tuple(one.pid for one in every if one.pid is not None)

    def folder(self, uri: str) -> Path | None:
        """The working directory of a document's check: its workspace folder. Folders may share an interpreter, and so a
        child; relative paths in their modules are still their own."""
        folder = self.session.folder_path(uri)
        return folder if folder is not None and folder.is_dir() else None

    def _make(self, uri: str) -> Sandbox:
        memory = self.session.settings_of(uri).check_memory
        return Sandbox(self.interpreter(uri), limits=Limits(memory_mib=memory), cwd=self.folder(uri), log=log.info)

    @staticmethod
    def _end(sandbox: Sandbox) -> None:
        task = asyncio.get_running_loop().create_task(sandbox.close())
        _ending.add(task)
        task.add_done_callback(_ending.discard)


_ending: set[asyncio.Task[None]] = set()
