"""What the services of models share: how many requests at once, within which time, asked again when an answer breaks
off midway, and what all of that cost.

The SDKs retry what fails before an answer begins (429, 5xx, no connection), with back-off. A stream that breaks off
later they do not; that is done here.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from step_agents.errors import ProposerError
from step_agents.models.base import Access, Completion, Prompt, Received, Stop, well_formed
from step_agents.models.catalogue import Card
from step_agents.models.failures import Cut, from_status, too_slow, unreachable
from step_agents.models.meter import Meter, paid
from step_agents.models.wire import METER
from step_agents.usage import Usage

_AGAIN = 2
"""How often an answer that broke off is asked for again."""

_AHEAD = 10.0
"""Seconds that requests with the same prefix wait for the first of them to begin."""


class Service(ABC):
    """A model behind an SDK. A service says how one answer is streamed; both SDKs fail alike."""

    def __init__(self, service: str, key: str, name: str, card: Card, access: Access) -> None:
        """``service`` and ``key`` (the variable of its key) are for messages."""
        self.name = name
        self._service, self._key, self._card = service, key, card
        self._max_tokens = access.max_tokens or card.max_tokens
        self._timeout = access.timeout
        self._places = asyncio.Semaphore(access.concurrency)
        self._warm: dict[int, asyncio.Event] = {}
        self._waited_for: list[list[Meter]] = []

    @property
    def priced(self) -> bool:
        """Whether its prices are known."""
        return self._card.input is not None and self._card.output is not None

    @property
    def heated(self) -> bool:
        """Whether it takes a temperature."""
        return self._card.temperature

    @property
    def under_way(self) -> Usage:
        """What the requests under way come to if they are given up now, each with its tries that broke off."""
        return sum((paid(tries[:-1]) + tries[-1].given_up for tries in self._waited_for if tries), Usage())

    async def complete(
        self,
        prompt: Prompt,
        *,
        temperature: float | None = None,
        received: Received | None = None,
        seconds: float | None = None,
    ) -> Completion:
        """One answer; see :class:`step_agents.models.base.Model`. What broken ones cost is counted in."""
        started = time.monotonic()
        within = self._timeout if seconds is None else seconds
        heat = temperature if self._card.temperature else None
        meters: list[Meter] = []
        async with self._places:
            self._waited_for.append(meters)
            try:
                async with asyncio.timeout(within), self._shared(prompt) as begun:
                    for left in reversed(range(_AGAIN + 1)):
                        meters.append(Meter(prompt, self._card, received, begun))
                        METER.set(meters[-1])
                        try:
                            stop = await self._attempt(prompt, heat, meters[-1])
                        except Cut:
                            if not left:
                                raise
                        else:
                            elapsed = time.monotonic() - started
                            return Completion(meters[-1].text, stop, paid(meters), elapsed, self.name)
            except TimeoutError:
                raise self._late(meters, within) from None
            except ProposerError as error:
                error.usage = paid(meters)
                raise
            finally:
                self._waited_for = [one for one in self._waited_for if one is not meters]
        raise AssertionError("unreachable: the last try returns or raises")

    def _late(self, tries: list[Meter], seconds: float) -> ProposerError:
        """No answer in time. What the service was working on is likely to be billed, so it counts."""
        if not tries:  # it waited for the first request with its prefix
            return too_slow(self.name, seconds)
        last = tries[-1]
        usage = paid(tries[:-1]) + last.given_up
        if not last.reached:
            return unreachable(self._service, self._host, last.away or "", usage)
        return too_slow(self.name, seconds, usage, last.away, estimated=last.given_up.total > 0)

    @asynccontextmanager
    async def _shared(self, prompt: Prompt) -> AsyncIterator[Callable[[], None]]:
        """Lets the first request with a prefix go ahead until its answer begins: then the prefix is in the service's
        cache, and the others read it there. Asked at once, each would pay for writing it."""
        key = hash(prompt.prefix)
        with suppress(TimeoutError):  # one that is slow to begin holds up nobody for long
            async with asyncio.timeout(_AHEAD):
                while (first := self._warm.get(key)) is not None and not first.is_set():
                    await first.wait()
        if key in self._warm:
            yield lambda: None
            return
        warm = self._warm[key] = asyncio.Event()
        try:
            yield warm.set
        finally:
            if not warm.is_set():  # it came to nothing: the next one goes ahead
                del self._warm[key]
                warm.set()

    @abstractmethod
    async def close(self) -> None:
        """Closes the connections."""

    @abstractmethod
    async def _stream(self, prompt: Prompt, temperature: float | None, meter: Meter) -> Stop | None:
        """Streams one answer into the meter, until it ends or the meter is full; None where it has no end.

        Raises whatever the SDK raises.
        """

    @property
    @abstractmethod
    def _sdk(self) -> Any:
        """The SDK's module: its exceptions."""

    @property
    @abstractmethod
    def _error(self) -> type[Exception]:
        """What all of the SDK's exceptions are."""

    @property
    @abstractmethod
    def _host(self) -> str:
        """Where the service is, for messages."""

    @abstractmethod
    def _refused(self, error: Any) -> ProposerError:
        """The error of a status that the service answered with."""

    def _status(self, error: Any, text: str, kind: str | None) -> ProposerError:
        status = int(error.status_code)
        return from_status(self._service, status, text, kind=kind, request=error.request_id, key=self._key)

    async def _attempt(self, prompt: Prompt, temperature: float | None, meter: Meter) -> Stop:
        import httpx2  # what both SDKs speak HTTP with; slow to import

        sdk = self._sdk
        broken = (httpx2.HTTPError, ValueError, TypeError, AttributeError, self._error)
        try:
            stop = await self._stream(prompt, temperature, meter)
        except ProposerError:
            raise
        except sdk.APIStatusError as error:
            raise self._refused(error) from None
        except sdk.APITimeoutError:
            raise too_slow(self.name, self._timeout) from None
        except sdk.APIConnectionError as error:
            if meter.begun:
                raise self._broken(str(error)) from None
            raise unreachable(self._service, self._host, str(error.__cause__ or error)) from None
        except broken as error:
            raise self._broken(" ".join(str(error).split())[:200] or type(error).__name__) from None
        if meter.full:
            return "length"
        if stop is None:
            raise self._broken("there is no end")
        return stop

    def _broken(self, told: str) -> Cut:
        return Cut("MODEL-CUT", f"{self._service}: the answer broke off: {well_formed(told)}")
