"""How a model is asked: so many at once, within a time, and again when an answer breaks off midway.

The SDKs retry what fails before an answer begins (429, 5xx, no connection), with back-off. A stream that breaks off
later they do not; that is done here.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

from step_agents.errors import ProposerError
from step_agents.models.base import Completion
from step_agents.models.failures import Cut, too_slow
from step_agents.usage import Usage


class Attempts:
    """Runs requests to one service: at most ``concurrency`` at a time, ``seconds`` each with everything."""

    def __init__(self, service: str, concurrency: int, seconds: float, again: int = 2) -> None:
        self._service, self._seconds, self._again = service, seconds, again
        self._places = asyncio.Semaphore(concurrency)

    async def run(self, attempt: Callable[[], Awaitable[Completion]]) -> Completion:
        """The first answer that is whole. What broken ones cost is counted in.

        Raises:
            ProposerError: none was.
        """
        paid = Usage()
        async with self._places:
            try:
                async with asyncio.timeout(self._seconds):
                    for left in reversed(range(self._again + 1)):
                        try:
                            done = await attempt()
                        except Cut as cut:
                            paid += cut.usage
                            if not left:
                                raise ProposerError(cut.code, cut.message, fatal=False, usage=paid) from None
                        else:
                            return dataclasses.replace(done, usage=paid + done.usage)
            except TimeoutError:
                raise too_slow(self._service, self._seconds, paid) from None
        raise AssertionError("unreachable: the last try returns or raises")
