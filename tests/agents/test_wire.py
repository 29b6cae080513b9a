"""How far a request came before somebody gave it up: what the service works on is counted, what it never saw is not."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import anthropic
import httpx2
import pytest
from step_agents.errors import ProposerError
from step_agents.models.base import Access, Prompt, Stop, estimate_tokens
from step_agents.models.catalogue import Card
from step_agents.models.meter import Meter
from step_agents.models.openai import OpenAIModel
from step_agents.models.service import Service
from step_agents.models.wire import METER, watched
from step_agents.usage import Usage

from tests.agents.standin import Reply, StandIn
from tests.agents.test_models import PROMPT

CARD = Card(1.0, 5.0, 0.1, 1.25)
ASKED = sum(map(estimate_tokens, ("the reference", "the demonstrations", "the task")))


def post(url: str, meter: Meter) -> asyncio.Task[Any]:
    """A request under way, counted by a meter."""

    async def work() -> Any:
        METER.set(meter)
        async with watched(httpx2.AsyncClient)(timeout=None) as client:
            return await client.post(f"{url}/v1/messages", json={"messages": []})

    return asyncio.ensure_future(work())


def test_what_the_service_has_got_counts_and_what_is_not_sent_does_not() -> None:
    async def run() -> None:
        meter = Meter(PROMPT, CARD)
        with StandIn([Reply(hang=True)]) as server:
            work = post(server.url, meter)
            await asyncio.sleep(0)
            assert meter.away == "no connection was made" and not meter.reached and meter.given_up == Usage()
            while meter.away is not None:
                await asyncio.sleep(0)
            assert meter.reached and meter.given_up.input == ASKED
            work.cancel()
            await asyncio.wait([work])

    asyncio.run(run())


def test_a_service_that_is_not_there_costs_nothing_and_the_reason_is_known() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

        async def run() -> None:
            meter = Meter(PROMPT, CARD)
            with pytest.raises(httpx2.ConnectError):
                await post(url, meter)
            assert meter.away == "All connection attempts failed" and not meter.reached
            assert meter.given_up == Usage()

        asyncio.run(run())


def test_what_the_service_refuses_costs_nothing() -> None:
    async def run() -> None:
        meter = Meter(PROMPT, CARD)
        with StandIn([Reply(status=429)]) as server:
            await post(server.url, meter)
        assert meter.away == "it answered 429 Too Many Requests" and meter.reached and meter.given_up == Usage()

    asyncio.run(run())


class Silent(Service):
    """A service that never answers; ``meters`` are its requests'."""

    def __init__(self, away: str | None, reached: bool) -> None:
        super().__init__("Silent", "KEY", "silent-1", CARD, Access())
        self._state = away, reached

    async def close(self) -> None:
        pass

    async def _stream(self, prompt: Prompt, temperature: float | None, meter: Meter) -> Stop | None:
        assert METER.get() is meter
        meter.away, meter.reached = self._state
        await asyncio.Event().wait()
        return None

    _sdk = anthropic
    _error = anthropic.AnthropicError
    _host = "model.example:8000"

    def _refused(self, error: object) -> ProposerError:
        raise AssertionError


@pytest.mark.parametrize(
    ("away", "reached", "code", "told", "tokens"),
    [
        (None, True, "MODEL-TIMEOUT", "silent-1: no answer within 0.1 s; what was sent is counted by an est", ASKED),
        ("it answered 429 Slow Down", True, "MODEL-TIMEOUT", "no answer within 0.1 s (it answered 429 Slow Down);", 0),
        ("Name or service not known", False, "MODEL-UNREACHABLE", "cannot reach model.example:8000: Name or serv", 0),
    ],
)
def test_no_answer_in_time_says_what_was_going_on(
    away: str | None, reached: bool, code: str, told: str, tokens: int
) -> None:
    with pytest.raises(ProposerError) as caught:
        asyncio.run(Silent(away, reached).complete(PROMPT, seconds=0.01))
    assert (caught.value.code, caught.value.usage.total) == (code, tokens)
    assert told in caught.value.message


def test_who_waits_for_the_first_request_with_its_prefix_is_not_late_for_that() -> None:
    async def run() -> None:
        service = Silent(None, True)
        first = asyncio.ensure_future(service.complete(PROMPT))
        while not service.under_way.total:
            await asyncio.sleep(0)
        with pytest.raises(ProposerError) as caught:
            await service.complete(PROMPT, seconds=0.01)
        assert (caught.value.code, caught.value.usage.total) == ("MODEL-TIMEOUT", 0)  # it was never sent
        first.cancel()

    asyncio.run(run())


@pytest.mark.parametrize("url", ["not-a-url", "ftp://host/v1", "http://", "http://host:99999/v1", "http://[::1/v1"])
def test_what_is_no_url_is_told_before_anybody_is_asked(url: str) -> None:
    with pytest.raises(ProposerError, match="is no URL of a service") as caught:
        OpenAIModel("m", Access({"OPENAI_API_KEY": "k"}, base_url=url))
    assert caught.value.code == "MODEL-REQUEST"
