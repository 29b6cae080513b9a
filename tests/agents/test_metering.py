"""What an answer cost that nobody finished: nothing that was paid is lost, and nothing is paid that was not sent."""

from __future__ import annotations

import asyncio

import anthropic
import pytest
from step_agents.errors import ProposerError
from step_agents.models.base import MAX_ANSWER, Access, Prompt, Stop, estimate_tokens
from step_agents.models.catalogue import Card
from step_agents.models.meter import Meter, paid
from step_agents.models.service import Service
from step_agents.usage import Usage

from tests.agents.standin import Reply
from tests.agents.test_models import PROMPT, Connect, ask, both, claude, compatible, refusal

CARD = Card(1.0, 5.0, 0.1, 1.25)
ASKED = sum(map(estimate_tokens, ("the reference", "the demonstrations", "the task")))


def test_nothing_came_back_and_nothing_is_counted() -> None:
    assert Meter(PROMPT, CARD).usage == Usage()


def test_the_services_own_count_is_believed() -> None:
    meter = Meter(PROMPT, CARD)
    meter.begin()
    meter.take("a" * 300)
    meter.count(Usage(10, 7, 5, 3), whole=True)
    assert meter.usage == Usage(10, 7, 5, 3, pytest.approx((10 + 35 + 0.5 + 3.75) / 1e6))


def test_before_the_service_has_counted_characters_count() -> None:
    meter = Meter(PROMPT, CARD)
    meter.begin()
    meter.take("a" * 300)
    assert meter.usage == Usage(ASKED, 100, cost=pytest.approx((ASKED + 500) / 1e6))
    meter.count(Usage(10, 1, 5), whole=False)  # only the prompt is counted so far
    assert (meter.usage.input, meter.usage.output, meter.usage.cache_read) == (10, 100, 5)
    assert paid([meter, meter]).output == 200


@both
@pytest.mark.parametrize("broken", [{"cut": True}, {"malformed": True}, {"hang_midway": True}])
def test_what_arrived_of_an_answer_that_ended_midway_is_paid(connect: Connect, broken: dict[str, bool]) -> None:
    reply = Reply("a" * 3000, chunk=60, input_tokens=500, **broken)
    error, server = refusal([reply] * 3, connect, timeout=1.0, retries=0)
    tries = len(server.requests)
    asked = 500 if connect is claude else ASKED
    assert error.usage.input == tries * asked
    # Half of the text came, up to an event, at three characters a token.
    assert tries * 480 <= error.usage.output <= tries * 540
    assert (error.usage.cost is None) == (connect is compatible)


@both
def test_an_endless_answer_is_paid_up_to_where_it_was_closed(connect: Connect) -> None:
    done, _ = ask([Reply("a" * 1_000_000, chunk=65_536)], connect)
    assert done.usage.output >= MAX_ANSWER / 3


def test_a_service_that_never_counts_is_not_free() -> None:
    done, _ = ask([Reply("a" * 300, counts=False)], compatible)
    assert (done.stop, done.usage) == ("end", Usage(ASKED, 100, cost=None))


def test_deepseeks_own_field_of_cached_tokens_is_read() -> None:
    usage = {"prompt_tokens": 1200, "completion_tokens": 9, "total_tokens": 1209, "prompt_cache_hit_tokens": 1000}
    done, _ = ask([Reply("x", usage=usage)], compatible)
    assert (done.usage.input, done.usage.cache_read, done.usage.output) == (200, 1000, 9)


class Gated(Service):
    """A service whose answers begin and end when the test says so."""

    def __init__(self) -> None:
        super().__init__("Gated", "KEY", "gated", CARD, Access(concurrency=8))
        self.asked: list[Prompt] = []
        self.begins, self.ends = asyncio.Event(), asyncio.Event()
        self.fails = False

    async def close(self) -> None:
        pass

    async def _stream(self, prompt: Prompt, temperature: float | None, meter: Meter) -> Stop | None:
        self.asked.append(prompt)
        await self.begins.wait()
        if self.fails:
            self.fails = False
            raise ProposerError("MODEL-OVERLOADED", "later", fatal=False)
        meter.begin()
        await self.ends.wait()
        return "end"

    _sdk = anthropic
    _error = anthropic.AnthropicError
    _host = ""

    def _refused(self, error: object) -> ProposerError:
        raise AssertionError


async def settled() -> None:
    """Lets everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize("fails", [False, True])
def test_the_first_request_with_a_prefix_goes_ahead_until_it_is_cached(fails: bool) -> None:
    async def run() -> None:
        service = Gated()
        service.fails = fails
        other = Prompt(("another reference",), PROMPT.turns)
        work = [asyncio.ensure_future(service.complete(one)) for one in (PROMPT, PROMPT, PROMPT, other)]
        await settled()
        assert service.asked == [PROMPT, other]
        service.begins.set()
        await settled()
        # If the first one came to nothing, one more went ahead before the rest.
        assert len(service.asked) == 4
        service.ends.set()
        done = await asyncio.gather(*work, return_exceptions=True)
        assert sum(isinstance(one, ProposerError) for one in done) == fails
        await service.complete(PROMPT)
        assert len(service.asked) == 5

    asyncio.run(run())


def test_a_request_that_is_given_up_is_paid_for_what_was_sent_and_for_what_came() -> None:
    async def run() -> None:
        service = Gated()
        assert service.under_way == Usage()
        work = [asyncio.ensure_future(service.complete(PROMPT)) for _ in range(2)]
        await settled()
        # One goes ahead, the other waits for it and is not sent yet.
        assert service.under_way == Usage(ASKED, 0, cost=pytest.approx(ASKED / 1e6))
        service.begins.set()
        await settled()
        assert service.under_way.input == 2 * ASKED
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        assert service.under_way == Usage()

    asyncio.run(run())
