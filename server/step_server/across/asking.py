"""Questions about names of the workspace, answered in threads of their own: the event loop goes on reading.

What goes through all files has one thread, what looks at a few another: who moves the cursor waits for no rename.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from step_server.across.world import Opened, World, place_of
from step_server.indexing import Index
from step_server.session import Session

T = TypeVar("T")


class Asking:
    """Asks, in each of the threads one question after the other."""

    def __init__(self, session: Session, index: Index) -> None:
        self.session, self.index = session, index
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._stops: set[threading.Event] = set()

    async def ask(self, question: Callable[[World], T], *, everywhere: bool = False, anew: bool = False) -> T:
        """The answer to a question. ``everywhere``: it is about all files of the workspace, which are known as they are
        now before it is answered; else as they once were is enough, for where a module is. ``anew``: they are looked at
        again, because a change that nobody told of would do harm."""
        if everywhere or not self.index.is_known:
            await self.index.look(everything=anew)
        opened = tuple(
            Opened(
                place_of(document.uri),
                document.uri,
                document.version,
                document.text,
                document.snapshot.module if document.is_analysed else None,
            )
            for document in self.session.documents
            if not document.is_silent
        )
        encoding = self.session.documents.encoding
        files, folders = self.index.files, self.index.folders
        stop = threading.Event()
        self._stops.add(stop)
        try:
            thread = "step-search" if everywhere else "step-names"
            return await self._in_thread(thread, lambda: question(World(files, opened, folders, encoding, stop)))
        finally:
            stop.set()  # nobody waits any longer, where the client changed its mind
            self._stops.discard(stop)

    async def aside(self, work: Callable[[], T]) -> T:
        """What does not need the event loop, and is soon done."""
        return await self._in_thread("step-names", work)

    async def _in_thread(self, name: str, work: Callable[[], T]) -> T:
        if name not in self._threads:
            self._threads[name] = ThreadPoolExecutor(1, name)
        return await asyncio.get_running_loop().run_in_executor(self._threads[name], work)

    def close(self) -> None:
        """Ends the threads, as soon as they are done with the file at hand."""
        for stop in self._stops:
            stop.set()
        for thread in self._threads.values():
            thread.shutdown(wait=False, cancel_futures=True)
