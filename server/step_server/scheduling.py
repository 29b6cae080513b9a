"""Work that is put off until things are calm: at most one pending job a key, and the last one wins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

log = logging.getLogger(__name__)


class Scheduler:
    """Jobs on the event loop. A job is short and does not wait; long work is a task of :meth:`start`."""

    def __init__(self) -> None:
        self._pending: dict[Hashable, asyncio.Handle] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def schedule(self, key: Hashable, delay: float, job: Callable[[], object]) -> None:
        """Runs a job after ``delay`` seconds, in place of one of the same key that has not run yet."""
        self.cancel(key)
        loop = asyncio.get_running_loop()

        def run() -> None:
            self._pending.pop(key, None)
            try:
                job()
            except Exception:
                log.exception("a scheduled job failed: %s", key)

        self._pending[key] = loop.call_later(delay, run) if delay > 0 else loop.call_soon(run)

    def once(self, key: Hashable, delay: float, job: Callable[[], object]) -> None:
        """Runs a job after ``delay`` seconds, unless one of the same key waits already: what never pauses is not put
        off for ever."""
        if key not in self._pending:
            self.schedule(key, delay, job)

    def cancel(self, key: Hashable) -> bool:
        """Forgets a job that has not run yet; whether there was one."""
        handle = self._pending.pop(key, None)
        if handle is not None:
            handle.cancel()
        return handle is not None

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Runs long work that awaits what other processes do; its failure is logged."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("%s failed", task.get_name(), exc_info=task.exception())

    @property
    def load(self) -> tuple[int, int]:
        """How many jobs are pending, and how many tasks run."""
        return len(self._pending), len(self._tasks)

    def close(self) -> None:
        """Forgets the pending jobs and cancels the tasks."""
        for key in tuple(self._pending):
            self.cancel(key)
        for task in tuple(self._tasks):
            task.cancel()
