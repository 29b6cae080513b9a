"""Claude, through the official ``anthropic`` SDK: streamed, with cache breakpoints after each shared part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from step_agents.errors import ProposerError
from step_agents.models.base import Access, Prompt, Stop
from step_agents.models.catalogue import Card, card
from step_agents.models.failures import Cut, check_url, missing_key
from step_agents.models.meter import Meter
from step_agents.models.service import Service
from step_agents.models.wire import watched
from step_agents.usage import Usage

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types import MessageParam, TextBlockParam

DEFAULT_MODEL = "claude-opus-5-5"
_SERVICE = "Anthropic"
_KEY, _TOKEN = "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"
_STOPS: Mapping[str, Stop] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
_BREAKPOINTS = 4
_UNKNOWN = Card(temperature=False, thinking=True)


class AnthropicModel(Service):
    """A Claude model. The key comes from ``ANTHROPIC_API_KEY`` (or ``ANTHROPIC_AUTH_TOKEN``), nowhere else."""

    def __init__(self, model: str | None = None, access: Access | None = None) -> None:
        access = access or Access()
        env = access.variables
        name = model or DEFAULT_MODEL
        super().__init__(_SERVICE, _KEY, name, card(name, _UNKNOWN, env), access)
        key, token = env.get(_KEY), env.get(_TOKEN)
        if not key and not token:
            raise missing_key(_SERVICE, _KEY)
        self._client = self._connect(key, None if key else token, env.get("ANTHROPIC_BASE_URL"), access)

    def _connect(self, key: str | None, token: str | None, base_url: str | None, access: Access) -> AsyncAnthropic:
        check_url(_SERVICE, base_url)
        import anthropic  # slow to import, and only needed here

        try:
            return anthropic.AsyncAnthropic(
                api_key=key,
                auth_token=token,
                base_url=base_url,
                timeout=access.timeout,
                max_retries=access.retries,
                http_client=watched(anthropic.DefaultAsyncHttpxClient)(),
            )
        except (ValueError, anthropic.AnthropicError) as error:
            raise ProposerError("MODEL-REQUEST", f"{_SERVICE}: {error}") from None

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _stream(self, prompt: Prompt, temperature: float | None, meter: Meter) -> Stop | None:
        stop: str | None = None
        async with self._client.messages.stream(
            model=self.name,
            max_tokens=self._max_tokens,
            system=_system(prompt),
            messages=_messages(prompt),
            extra_body=None if temperature is None else {"temperature": temperature},
        ) as stream:
            async for event in stream:
                meter.begin()
                if event.type == "message_start":
                    meter.count(_counted(event.message.usage), whole=False)
                elif event.type == "text":
                    meter.take(event.text)
                    if meter.full:
                        break
                elif event.type == "message_delta":
                    # The counts of this event are those of the whole answer.
                    meter.count(_counted(stream.current_message_snapshot.usage), whole=True)
                    stop = event.delta.stop_reason
        return None if stop is None else _STOPS.get(stop, "other")

    @property
    def _sdk(self) -> Any:
        import anthropic

        return anthropic

    @property
    def _error(self) -> type[Exception]:
        import anthropic

        return anthropic.AnthropicError

    @property
    def _host(self) -> str:
        return urlsplit(str(self._client.base_url)).netloc

    def _refused(self, error: Any) -> ProposerError:
        made = self._status(error, error.api_message or error.message, error.type)
        if error.status_code < 400:  # an error event inside a stream that had begun
            return Cut(made.code, made.message)
        return made


def _counted(counted: Any) -> Usage:
    return Usage(
        counted.input_tokens or 0,
        counted.output_tokens or 0,
        counted.cache_read_input_tokens or 0,
        counted.cache_creation_input_tokens or 0,
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
    # Spelled twice: a role is a literal of its message's type.
    return [
        {"role": "user", "content": turn.text} if turn.role == "user" else {"role": "assistant", "content": turn.text}
        for turn in prompt.turns
    ]
