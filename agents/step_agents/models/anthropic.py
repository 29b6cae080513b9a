"""Claude, through the official ``anthropic`` SDK: streamed, with cache breakpoints after each shared part."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from step_agents.errors import ProposerError
from step_agents.models.attempts import Attempts
from step_agents.models.base import MAX_ANSWER, Completion, Prompt, Received, Stop
from step_agents.models.catalogue import Card, card
from step_agents.models.failures import Cut, from_status, missing_key, too_slow, unreachable
from step_agents.usage import Usage

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types import MessageParam, TextBlockParam

DEFAULT_MODEL = "claude-opus-5-5"
_SERVICE = "Anthropic"
_STOPS: Mapping[str, Stop] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
_BREAKPOINTS = 4
_UNKNOWN = Card(temperature=False, thinking=True)


class AnthropicModel:
    """A Claude model. The key comes from ``ANTHROPIC_API_KEY`` (or ``ANTHROPIC_AUTH_TOKEN``), nowhere else."""

    def __init__(
        self,
        model: str | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        concurrency: int = 8,
        max_tokens: int | None = None,
        timeout: float = 120.0,
        retries: int = 4,
    ) -> None:
        env = os.environ if environment is None else environment
        self.name = model or DEFAULT_MODEL
        self._card = card(self.name, _UNKNOWN)
        self._max_tokens = max_tokens or self._card.max_tokens
        self._timeout = timeout
        key, token = env.get("ANTHROPIC_API_KEY"), env.get("ANTHROPIC_AUTH_TOKEN")
        if not key and not token:
            raise missing_key(_SERVICE, "ANTHROPIC_API_KEY")
        self._client = self._connect(key, None if key else token, env.get("ANTHROPIC_BASE_URL"), retries)
        self._attempts = Attempts(_SERVICE, concurrency, timeout)

    def _connect(self, key: str | None, token: str | None, base_url: str | None, retries: int) -> AsyncAnthropic:
        import anthropic  # slow to import, and only needed here

        try:
            return anthropic.AsyncAnthropic(
                api_key=key, auth_token=token, base_url=base_url, timeout=self._timeout, max_retries=retries
            )
        except (ValueError, anthropic.AnthropicError) as error:
            raise ProposerError("MODEL-REQUEST", f"{_SERVICE}: {error}") from None

    async def complete(
        self, prompt: Prompt, *, temperature: float | None = None, received: Received | None = None
    ) -> Completion:
        """One answer; see :class:`step_agents.models.base.Model`."""
        started = time.monotonic()

        async def attempt() -> Completion:
            text, stop, usage = await self._stream(prompt, temperature, received)
            return Completion(text, stop, usage, time.monotonic() - started, self.name)

        return await self._attempts.run(attempt)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _stream(
        self, prompt: Prompt, temperature: float | None, received: Received | None
    ) -> tuple[str, Stop, Usage]:
        import anthropic
        import httpx2

        extra: dict[str, Any] = {}
        if temperature is not None and self._card.temperature:
            extra["temperature"] = temperature
        text: list[str] = []
        length = 0
        usage = Usage()
        stop: str | None = None
        begun = False
        try:
            async with self._client.messages.stream(
                model=self.name,
                max_tokens=self._max_tokens,
                system=_system(prompt),
                messages=_messages(prompt),
                extra_body=extra or None,
            ) as stream:
                async for event in stream:
                    begun = True
                    if event.type == "message_start":
                        usage = self._count(event.message.usage)
                    elif event.type == "text":
                        text.append(event.text)
                        length += len(event.text)
                        if received:
                            received(length)
                        if length > MAX_ANSWER:
                            return "".join(text)[:MAX_ANSWER], "length", usage
                    elif event.type == "message_delta":
                        usage = self._count(stream.current_message_snapshot.usage)
                        stop = event.delta.stop_reason
        except anthropic.APIStatusError as error:
            raise self._refused(error, usage) from None
        except anthropic.APITimeoutError:
            raise too_slow(_SERVICE, self._timeout, usage) from None
        except anthropic.APIConnectionError as error:
            if begun:
                raise Cut("MODEL-CUT", f"{_SERVICE}: the answer broke off: {error}", usage) from None
            raise unreachable(_SERVICE, str(self._client.base_url.host), str(error.__cause__ or error)) from None
        except (httpx2.HTTPError, ValueError, anthropic.AnthropicError) as error:
            raise Cut("MODEL-CUT", f"{_SERVICE}: the answer broke off: {_short(error)}", usage) from None
        if stop is None:
            raise Cut("MODEL-CUT", f"{_SERVICE}: the answer broke off before its end", usage)
        return "".join(text), _STOPS.get(stop, "other"), usage

    def _refused(self, error: Any, usage: Usage) -> ProposerError:
        told = error.api_message or error.message
        made = from_status(_SERVICE, error.status_code, told, kind=error.type, request=error.request_id)
        if error.status_code < 400:  # an error event inside a stream that had begun
            return Cut(made.code, made.message, usage)
        return made

    def _count(self, counted: Any) -> Usage:
        return self._card.priced(
            Usage(
                counted.input_tokens or 0,
                counted.output_tokens or 0,
                counted.cache_read_input_tokens or 0,
                counted.cache_creation_input_tokens or 0,
            )
        )


def _system(prompt: Prompt) -> list[TextBlockParam]:
    """The shared parts, each ended by a cache breakpoint (the service takes four at most: the last ones)."""
    first = max(0, len(prompt.prefix) - _BREAKPOINTS)
    blocks: list[TextBlockParam] = []
    for index, text in enumerate(prompt.prefix):
        block: TextBlockParam = {"type": "text", "text": text}
        if index >= first:
            block["cache_control"] = {"type": "ephemeral"}
        blocks.append(block)
    return blocks


def _messages(prompt: Prompt) -> list[MessageParam]:
    messages: list[MessageParam] = []
    for turn in prompt.turns:
        if turn.role == "user":
            messages.append({"role": "user", "content": turn.text})
        else:
            messages.append({"role": "assistant", "content": turn.text})
    return messages


def _short(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200]
