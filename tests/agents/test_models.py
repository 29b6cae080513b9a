"""Both SDKs against the stand-in server: streams, accounting, and everything that goes wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import pytest
from step_agents.errors import ProposerError
from step_agents.models.anthropic import AnthropicModel
from step_agents.models.base import MAX_ANSWER, Access, Completion, Model, Prompt, Turn
from step_agents.models.openai import OpenAIModel
from step_agents.usage import Usage

from tests.agents.standin import Reply, StandIn

PROMPT = Prompt(("the reference", "the demonstrations"), (Turn("user", "the task"),))
QUICK = {"retry-after-ms": "1"}
Connect = Callable[..., Model]


def claude(server: StandIn, model: str = "claude-haiku-4-5", **values: object) -> Model:
    environment = {"ANTHROPIC_API_KEY": "sk-test", "ANTHROPIC_BASE_URL": server.url}
    return AnthropicModel(model, Access(environment, **values))  # type: ignore[arg-type]


def compatible(server: StandIn, model: str = "gpt-4o", **values: object) -> Model:
    return OpenAIModel(model, Access({"OPENAI_API_KEY": "sk-test"}, f"{server.url}/v1", **values))  # type: ignore[arg-type]


both = pytest.mark.parametrize("connect", [claude, compatible])


def ask(script: Sequence[Reply], connect: Connect, **values: object) -> tuple[Completion, StandIn]:
    async def run() -> Completion:
        model = connect(server, **values)
        try:
            return await model.complete(PROMPT)
        finally:
            await model.close()

    with StandIn(script) as server:
        return asyncio.run(run()), server


def refusal(script: Sequence[Reply], connect: Connect, **values: object) -> tuple[ProposerError, StandIn]:
    async def run() -> ProposerError:
        model = connect(server, **values)
        try:
            with pytest.raises(ProposerError) as caught:
                await model.complete(PROMPT)
            return caught.value
        finally:
            await model.close()

    with StandIn(script) as server:
        return asyncio.run(run()), server


@both
def test_a_stream_is_read_whole(connect: Connect) -> None:
    text = "return x\n" * 500
    done, server = ask([Reply(text, output_tokens=77)], connect)
    assert done.text == text
    assert done.stop == "end"
    assert done.usage.output == 77
    assert len(server.requests) == 1


def test_claude_is_told_to_cache_each_shared_part_and_the_task_comes_last() -> None:
    _, server = ask([Reply("x")], claude)
    body = server.requests[0].body
    assert [block["text"] for block in body["system"]] == ["the reference", "the demonstrations"]
    assert all(block["cache_control"] == {"type": "ephemeral"} for block in body["system"])
    assert body["messages"] == [{"role": "user", "content": "the task"}]
    assert server.requests[0].headers["authorization"] == "Bearer sk-test"


def test_the_shared_parts_come_first_for_services_that_cache_prefixes() -> None:
    _, server = ask([Reply("x")], compatible)
    assert [one["content"] for one in server.requests[0].body["messages"]] == [*PROMPT.prefix, "the task"]


def test_claude_tokens_and_dollars_are_those_of_the_reply() -> None:
    done, _ = ask([Reply("x", input_tokens=1000, output_tokens=200, cache_read=5000, cache_write=300)], claude)
    # Haiku 4.5: 1 dollar in, 5 out, 0.1 for reading and 1.25 for writing the cache, a million tokens.
    assert done.usage == Usage(1000, 200, 5000, 300, pytest.approx((1000 + 5 * 200 + 0.1 * 5000 + 1.25 * 300) / 1e6))


def test_cached_tokens_are_not_counted_twice_by_the_other_api() -> None:
    done, _ = ask([Reply("x", input_tokens=1000, output_tokens=200, cache_read=5000)], compatible)
    assert (done.usage.input, done.usage.cache_read, done.usage.output) == (1000, 5000, 200)


def test_a_service_of_ones_own_has_no_known_price() -> None:
    done, _ = ask([Reply("x")], compatible)
    assert done.usage.cost is None


@pytest.mark.parametrize(("model", "sent"), [("claude-haiku-4-5", True), ("claude-opus-5-5", False)])
def test_a_temperature_is_sent_only_to_models_that_take_one(model: str, sent: bool) -> None:
    async def run() -> None:
        client = claude(server, model)
        await client.complete(PROMPT, temperature=0.4)
        await client.close()

    with StandIn([Reply("x")]) as server:
        asyncio.run(run())
    assert server.requests[0].body.get("temperature") == (0.4 if sent else None)


@pytest.mark.parametrize(("model", "bound"), [("claude-haiku-4-5", 1024), ("claude-opus-5-5", 16_000)])
def test_models_that_think_get_room_for_it(model: str, bound: int) -> None:
    _, server = ask([Reply("x")], claude, model=model)
    assert server.requests[0].body["max_tokens"] == bound


@both
@pytest.mark.parametrize(
    ("reply", "code", "fatal"),
    [
        (Reply(status=401, error="authentication_error", message="invalid x-api-key"), "MODEL-KEY-REFUSED", True),
        (Reply(status=403, error="permission_error"), "MODEL-FORBIDDEN", True),
        (Reply(status=404, error="not_found_error"), "MODEL-UNKNOWN", True),
        (Reply(status=413, error="request_too_large"), "MODEL-TOO-LARGE", True),
        (Reply(status=400, error="invalid_request_error", message="bad"), "MODEL-REQUEST", True),
        (Reply(status=400, message="Your credit balance is too low"), "MODEL-BILLING", True),
        (Reply(status=402, error="billing_error"), "MODEL-BILLING", True),
        (Reply(status=429, error="rate_limit_error", headers=QUICK), "MODEL-RATE-LIMIT", False),
        (Reply(status=500, headers=QUICK), "MODEL-SERVER", False),
        (Reply(status=529, error="overloaded_error", headers=QUICK), "MODEL-OVERLOADED", False),
    ],
)
def test_each_failure_has_its_code_and_says_what_to_do(connect: Connect, reply: Reply, code: str, fatal: bool) -> None:
    error, server = refusal([reply] * 3, connect, retries=2)
    assert (error.code, error.fatal) == (code, fatal)
    assert len(error.message) > 30
    assert "sk-test" not in error.message
    assert len(server.requests) == (1 if fatal else 3)


def test_a_spent_quota_is_not_a_rate_limit() -> None:
    reply = Reply(status=429, error="insufficient_quota", code="insufficient_quota", headers=QUICK)
    error, _ = refusal([reply] * 3, compatible, retries=2)
    assert (error.code, error.fatal) == ("MODEL-BILLING", True)


@both
def test_a_rate_limit_is_waited_for_as_long_as_the_service_says(connect: Connect) -> None:
    started = time.monotonic()
    done, server = ask([Reply(status=429, headers={"retry-after": "1"}), Reply("at last")], connect)
    assert done.text == "at last"
    assert len(server.requests) == 2
    assert time.monotonic() - started >= 1.0


@both
def test_an_overload_is_tried_again(connect: Connect) -> None:
    script = [Reply(status=529, headers=QUICK), Reply(status=500, headers=QUICK), Reply("ok")]
    done, server = ask(script, connect, retries=2)
    assert (done.text, len(server.requests)) == ("ok", 3)


@both
@pytest.mark.parametrize("broken", [{"cut": True}, {"malformed": True}])
def test_an_answer_that_breaks_off_is_asked_for_again_and_counted(connect: Connect, broken: dict[str, bool]) -> None:
    done, server = ask([Reply("a" * 400, input_tokens=10, **broken), Reply("whole", input_tokens=10)], connect)
    assert (done.text, len(server.requests)) == ("whole", 2)
    if connect is claude:  # only this API says at the start what the prompt cost
        assert done.usage.input == 20


def test_an_error_inside_a_stream_is_tried_again_and_then_told() -> None:
    error, server = refusal([Reply("a" * 400, error_midway="overloaded_error")] * 3, claude)
    assert (error.code, error.fatal, len(server.requests)) == ("MODEL-OVERLOADED", False, 3)
    assert error.usage.input == 300


@both
@pytest.mark.parametrize("hang", [{"hang": True}, {"hang_midway": True}])
def test_a_service_that_hangs_is_given_up_in_time(connect: Connect, hang: dict[str, bool]) -> None:
    started = time.monotonic()
    error, _ = refusal([Reply("a" * 400, **hang)] * 9, connect, timeout=0.5, retries=0)
    assert error.code == "MODEL-TIMEOUT"
    assert not error.fatal
    assert time.monotonic() - started < 60  # it would hang for ever


@both
def test_cancelling_closes_the_connection_at_once(connect: Connect) -> None:
    async def run() -> float:
        model = connect(server)
        work = asyncio.ensure_future(model.complete(PROMPT))
        assert await asyncio.to_thread(server.asked.wait, 60)
        started = time.monotonic()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        await model.close()
        return time.monotonic() - started

    with StandIn([Reply("a" * 400, hang=True)]) as server:
        assert asyncio.run(run()) < 30  # it would hang for ever


@both
def test_an_endless_answer_is_read_up_to_a_bound(connect: Connect) -> None:
    done, _ = ask([Reply("a" * 10_000_000, chunk=65_536)], connect)
    assert len(done.text) == MAX_ANSWER
    assert done.stop == "length"


@both
@pytest.mark.parametrize(("stop", "told"), [("max_tokens", "length"), ("refusal", "refusal"), ("end_turn", "end")])
def test_why_a_model_stopped_is_told(connect: Connect, stop: str, told: str) -> None:
    done, _ = ask([Reply("x", stop=stop)], connect)
    assert done.stop == told


@both
def test_an_empty_answer_is_an_answer(connect: Connect) -> None:
    done, _ = ask([Reply("")], connect)
    assert done.text == ""


@both
def test_no_more_requests_are_under_way_than_allowed(connect: Connect) -> None:
    async def run() -> None:
        model = connect(server, concurrency=3)
        await asyncio.gather(*(model.complete(PROMPT) for _ in range(12)))
        await model.close()

    with StandIn(lambda _: Reply("x" * 2000, chunk=16)) as server:
        asyncio.run(run())
    assert len(server.requests) == 12
    assert server.most_open <= 3


def test_nobody_listening_is_told_as_such() -> None:
    async def run() -> ProposerError:
        environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
        model = AnthropicModel(access=Access(environment, retries=0))
        with pytest.raises(ProposerError) as caught:
            await model.complete(PROMPT)
        return caught.value

    error = asyncio.run(run())
    assert error.code == "MODEL-UNREACHABLE"
    assert "127.0.0.1" in error.message


def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    for make in (lambda: AnthropicModel(access=Access({})), lambda: OpenAIModel(access=Access({}))):
        with pytest.raises(ProposerError) as caught:
            make()
        assert caught.value.code == "MODEL-KEY-MISSING"
        assert "_API_KEY" in caught.value.message


@both
def test_a_refused_key_is_named(connect: Connect) -> None:
    error, _ = refusal([Reply(status=401, error="authentication_error")], connect)
    assert error.code == "MODEL-KEY-REFUSED"
    assert ("ANTHROPIC_API_KEY" if connect is claude else "OPENAI_API_KEY") in error.message


def test_a_service_of_ones_own_needs_no_key() -> None:
    with StandIn([Reply("x")]) as server:
        model = OpenAIModel("llama3.1", Access({}, f"{server.url}/v1"))
        assert asyncio.run(model.complete(PROMPT)).text == "x"
    assert server.requests[0].body["max_tokens"] == 1024
