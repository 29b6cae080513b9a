"""Where a campaign's work runs: local worker processes by default, or a Dask cluster by its address."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from typing import Any, TypeVar

from step.sandbox import ChildCrashed, ChildOutOfMemory, ChildTimeout, InterpreterMissing, SandboxError, ServiceError
from step.sandbox.errors import Frame

from step_agents.campaign.errors import CampaignError
from step_agents.campaign.worker import call_service, try_in_worker

_T = TypeVar("_T")
_ERRORS: dict[str, Callable[[str], SandboxError]] = {
    "ChildTimeout": ChildTimeout,
    "ChildCrashed": ChildCrashed,
    "ChildOutOfMemory": ChildOutOfMemory,
    "InterpreterMissing": InterpreterMissing,
    "ServiceError": ServiceError,
}
_AGAIN = 2


class Workers:
    """Workers that run services and trials. A worker that dies is replaced, and its work done again."""

    def __init__(self, count: int, cluster: str | None = None) -> None:
        self.count, self._cluster = count, cluster
        self._executor: Executor | None = None
        self._client: Any = None

    def start(self) -> None:
        """Starts them.

        Raises:
            CampaignError: there is no cluster at the address, or the extra is not installed.
        """
        if self._cluster is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self.count, mp_context=context)
            return
        try:
            from distributed import Client
        except ImportError:
            raise CampaignError(
                "CAMPAIGN-EXTRA", "a Dask cluster needs an extra: pip install 'steplang[dask]'"
            ) from None
        try:
            self._client = Client(self._cluster, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            raise CampaignError("CAMPAIGN-CLUSTER", f"no Dask cluster answers at {self._cluster}: {error}") from None
        self._executor = self._client.get_executor(pure=False)
        self.count = max(1, sum(self._client.nthreads().values()))

    async def call(
        self,
        service: str,
        params: dict[str, Any],
        *,
        timeout: float,
        progress: Callable[[dict[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Runs a service in a worker's sandbox; progress is not told from there.

        Raises:
            SandboxError: as :meth:`step.sandbox.Sandbox.call`.
        """
        found = await self._run(call_service, service, params, timeout)
        if "sandbox_error" in found:
            error = _ERRORS.get(found["sandbox_error"], SandboxError)(found["message"])
            error.frames = tuple(Frame(*one) for one in found["frames"])
            raise error
        return found

    async def trial(self, params: dict[str, Any]) -> dict[str, Any]:
        """Guardian and verifiers on one body, in a worker."""
        return await self._run(try_in_worker, params)

    def close(self) -> None:
        """Ends the workers; what they still do is given up."""
        executor, self._executor = self._executor, None
        if isinstance(executor, ProcessPoolExecutor):
            processes = list((executor._processes or {}).values())
            executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
        elif executor is not None:
            executor.shutdown(wait=False)
        if self._client is not None:
            with contextlib.suppress(OSError, TimeoutError):
                self._client.close()
            self._client = None

    async def _run(self, work: Callable[..., _T], *arguments: Any) -> _T:
        for left in reversed(range(_AGAIN + 1)):
            executor = self._executor
            if executor is None:
                raise CampaignError("CAMPAIGN-WORKERS", "the workers are not running")
            try:
                return await asyncio.wrap_future(executor.submit(work, *arguments))
            except BrokenExecutor:
                if not left:
                    raise CampaignError("CAMPAIGN-WORKERS", "a worker process died again and again") from None
                if self._executor is executor:
                    self.close()
                    self.start()
        raise AssertionError("unreachable: the last try returns or raises")
