"""The experience as the server uses it: opened when it is first needed, asked in threads, never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from step_agents.experience import ExperienceBuffer

log = logging.getLogger(__name__)


Fixes = tuple[Mapping[str, Any], ...]


class Remembering:
    """The experience buffer that the settings name, and the guardian's fixes in it by the body that they led to."""

    def __init__(self, address: Callable[[], str | None]) -> None:
        self._address = address
        self._buffer: tuple[str | None, ExperienceBuffer] | None = None
        self._fixes: dict[str, Fixes] = {}
        self._loading: asyncio.Future[None] | None = None

    def buffer(self) -> ExperienceBuffer | None:
        """The buffer; None, with a line in the log, where it cannot be used. Blocks: for threads."""
        from step_agents.experience import PATIENCE, ExperienceBuffer, ExperienceError

        address = self._address()
        if self._buffer is None or self._buffer[0] != address:
            try:
                self._buffer = (address, ExperienceBuffer(address, report=log.warning, wait=PATIENCE))
            except ExperienceError as error:
                log.warning("experience is not used: %s", error)
                return None
        return self._buffer[1]

    async def get(self) -> ExperienceBuffer | None:
        """The buffer, opened in a thread."""
        return await asyncio.to_thread(self.buffer)

    async def load_fixes(self, patience: float | None = None) -> None:
        """Reads the fixes of all experiences, once. The first who asks waits for that, at most ``patience`` seconds: a
        database that does not answer must not keep every hover waiting."""
        first = self._loading is None
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        if not self._loading.done() and (first or patience is None):
            await asyncio.wait({self._loading}, timeout=patience)

    async def _load(self) -> None:
        def read() -> dict[str, Fixes]:
            buffer = self.buffer()
            known = buffer.all(valid_only=True) if buffer is not None else []
            return {normal(one.body): one.fixes for one in known if one.fixes}

        try:
            self._fixes = {**await asyncio.to_thread(read), **self._fixes}
        except Exception as error:
            log.warning("the guardian's explanations could not be read: %s", error)

    def learn(self, body: str, fixes: Fixes) -> None:
        """Keeps the fixes that led to a body, for this session; the experience has them for later ones."""
        if fixes:
            self._fixes[normal(body)] = fixes

    def fixes_of(self, body: str) -> Fixes:
        """The fixes that led to a body, whatever comments and blank lines it has got since."""
        return self._fixes.get(normal(body), ()) if self._fixes else ()

    def close(self) -> None:
        """Gives back connections, and stops reading."""
        if self._loading is not None:
            self._loading.cancel()
        if self._buffer is not None:
            self._buffer[1].close()
            self._buffer = None


def normal(body: str) -> str:
    """A body's text without what does not count: outer blank lines and spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in body.strip("\n").splitlines()).strip()
