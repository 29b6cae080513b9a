"""Questions about names of the workspace, answered in a thread of their own: the event loop goes on reading."""

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
    """Asks, one question after the other."""

    def __init__(self, session: Session, index: Index) -> None:
        self.session, self.index = session, index
        self._thread: ThreadPoolExecutor | None = None
        self._stop = threading.Event()

    async def ask(self, question: Callable[[World], T], *, everywhere: bool = False, anew: bool = False) -> T:
        """The answer to a question. ``everywhere``: it is about all files of the workspace, which are known before it
        is answered; ``anew``: they are looked at again, because a change that nobody told of would do harm."""
        if everywhere:
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
        return await self.aside(lambda: question(World(files, opened, folders, encoding, self._stop)))

    async def aside(self, work: Callable[[], T]) -> T:
        """What does not need the event loop, done in the thread."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "step-names")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Ends the thread, as soon as it is done with the file at hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
