"""Where a request is on its way: whether it has reached the service, or why not. The SDKs ask again on their own, so
whoever gives up a request learns from here what was going on: nobody there, a service that refuses, or one that works.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from step_agents.models.meter import Meter

METER: ContextVar[Meter | None] = ContextVar("METER", default=None)
"""Counts the request that the current task waits for."""

_SENT = "send_request_body.complete"
_REFUSED = 400


def watched(client: type[Any]) -> type[Any]:
    """A client like ``client`` (an SDK's asynchronous HTTP client) that tells the current meter how far a request is.

    It watches with the ``trace`` extension of httpx, which names each step of a request.
    """

    class Watched(client):  # type: ignore[misc]
        async def send(self, request: Any, **more: Any) -> Any:
            meter = METER.get()
            if meter is None:
                return await super().send(request, **more)
            if meter.away is None:
                meter.away, meter.reached = "no connection was made", False

            async def step(name: str, info: Mapping[str, Any]) -> None:
                if name.endswith(_SENT):
                    meter.away, meter.reached = None, True

            request.extensions = {**request.extensions, "trace": step}
            try:
                response = await super().send(request, **more)
            except Exception as error:
                if meter.away is not None:
                    meter.away = " ".join(str(error).split())[:200] or type(error).__name__
                raise
            if response.status_code >= _REFUSED:
                meter.away = f"it answered {response.status_code} {response.reason_phrase}".rstrip()
            return response

    return Watched
