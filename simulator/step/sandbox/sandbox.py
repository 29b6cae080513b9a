"""The parent's side: one long-lived child, which starts when it is needed and can be killed at any time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from step.sandbox.errors import ChildCrashed, ChildOutOfMemory, ChildTimeout, SandboxError, ServiceError
from step.sandbox.limits import Limits
from step.sandbox.process import ChildProcess, Progress, folders_of

Log = Callable[[str], None]


class Sandbox:
    """One child process that runs services: it restarts by itself, and killing it loses nothing.

    Calls run one after another. Not for several event loops: make one sandbox for each.
    """

    def __init__(
        self,
        interpreter: str | None = None,
        *,
        limits: Limits | None = None,
        cwd: str | Path | None = None,
        log: Log | None = None,
    ) -> None:
        """Starts nothing yet.

        Args:
            interpreter: the Python that runs users' modules; None is the one that runs this.
            limits: what the child may use.
            cwd: its working directory.
            log: told when a child starts, dies or is killed.
        """
        self.interpreter = interpreter or sys.executable
        self.limits = limits or Limits()
        self._cwd = str(cwd) if cwd is not None else None
        self._log = log or (lambda _: None)
        self._lock = asyncio.Lock()
        self._child: ChildProcess | None = None
        self._calls = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is no child."""
        return self._child.pid if self._child is not None and self._child.alive else None

    async def start(self) -> None:
        """Starts the child now, so that the first call does not wait for it.

        Raises:
            InterpreterMissing: there is no such Python, it is too old, or it has no NumPy.
        """
        async with self._lock:
            await self._ready()

    async def call(
        self,
        service: str,
        params: Mapping[str, Any],
        *,
        timeout: float | None,
        progress: Progress | None = None,
        cwd: str | Path | None = None,
    ) -> dict[str, Any]:
        """Runs ``service`` (``"package.module:function"``) in the child; its result.

        The function is called with ``params`` and with a function that reports progress. Cancelling the waiting task
        kills the child at once.

        Args:
            timeout: seconds the call may take once it runs; None for no limit.
            progress: called with every value that the service reports.
            cwd: the working directory of this call; None for the sandbox's.

        Raises:
            ChildTimeout: it took longer; the child was killed.
            ChildCrashed: the child ended.
            ChildOutOfMemory: it needed more memory than the limit.
            InterpreterMissing: as :meth:`start`.
            ServiceError: the service raised.
        """
        async with self._lock:
            child = await self._ready()
            try:
                return await self._run(child, service, params, timeout, progress, cwd)
            except ChildCrashed:
                if child.started:
                    raise
            # It died before it could take the call, so it was not the call's fault: somebody else killed it.
            return await self._run(await self._ready(), service, params, timeout, progress, cwd)

    async def _run(
        self,
        child: ChildProcess,
        service: str,
        params: Mapping[str, Any],
        timeout: float | None,
        progress: Progress | None,
        cwd: str | Path | None,
    ) -> dict[str, Any]:
        self._calls += 1
        message = {
            "id": self._calls,
            "service": service,
            "params": dict(params),
            "folders": folders_of("step", service.partition(":")[0].partition(".")[0]),
            "timeout": timeout,
            "cwd": str(cwd) if cwd is not None else None,
        }
        try:
            async with asyncio.timeout(timeout):
                return await child.call(message, progress)
        except TimeoutError:
            await self._kill("it took too long")
            frames, output = child.last_words()
            raise ChildTimeout(f"took longer than {timeout:.3g} s", frames=frames, output=output) from None
        except (ServiceError, ChildOutOfMemory):
            raise
        except BaseException:
            # Cancelled, or the wire broke: whatever the child does now, nobody waits for it.
            child.kill()
            await self._kill("its call was given up")
            raise
        finally:
            if child.must_go and child.alive:
                await self._kill("it is in no good state: threads were left running, or it ran out of memory")

    async def close(self) -> None:
        """Ends the child."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
            await self._kill("closed")

    async def __aenter__(self) -> Sandbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ready(self) -> ChildProcess:
        if self._closed:
            raise SandboxError("the sandbox is closed")
        if self._child is None or not self._child.alive:
            if self._child is not None:
                await self._kill("it ended by itself")
            child = ChildProcess(self.interpreter, self.limits, self._cwd)
            try:
                await child.start()
            except BaseException:
                child.kill()
                await child.reap()
                raise
            self._child = child
            self._log(f"child {child.pid} runs {self.interpreter}")
        return self._child

    async def _kill(self, why: str) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._log(f"child {child.pid} is ended: {why}")
            child.kill()
            await asyncio.shield(child.reap())
