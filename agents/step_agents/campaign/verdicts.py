"""Trials of bodies, each distinct body of a task once: of the many samples of a round, many are the same."""

from __future__ import annotations

import asyncio
from typing import Any

from step_agents.loop.step_domain import Judging, OperatorTask
from step_agents.trying import cleaned


class Verdicts:
    """Judges as ``judging`` does, and remembers. Seeds and sizes of a campaign's trials are fixed, so a verdict is."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._known: dict[tuple[str, str], asyncio.Future[dict[str, Any]]] = {}

    async def __call__(self, task: OperatorTask, body: str) -> dict[str, Any]:
        """The trial as JSON values; who asks for one that is under way waits for it."""
        key = (task.id, cleaned(body))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = asyncio.ensure_future(self._judging(task, body))
        try:
            # One that gives up does not take the verdict from the others.
            return await asyncio.shield(found)
        except BaseException:
            if found.done() and (found.cancelled() or found.exception() is not None):
                self._known.pop(key, None)
            raise

    async def close(self) -> None:
        """Gives up what is under way."""
        for one in self._known.values():
            one.cancel()
        await asyncio.gather(*self._known.values(), return_exceptions=True)
