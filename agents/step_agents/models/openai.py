"""Any OpenAI-compatible service, through the official ``openai`` SDK (the extra ``openai``): OpenAI, DeepSeek,
Together, vLLM, Ollama and the like, by ``base_url``."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from step_agents.errors import ProposerError
from step_agents.models.attempts import Attempts
from step_agents.models.base import MAX_ANSWER, Completion, Prompt, Received, Stop
from step_agents.models.catalogue import Card, card
from step_agents.models.failures import Cut, from_status, missing_key, too_slow, unreachable
from step_agents.usage import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI

DEFAULT_MODEL = "gpt-6-sol"
_SERVICE = "OpenAI-compatible service"
_STOPS: Mapping[str, Stop] = {"stop": "end", "length": "length", "content_filter": "refusal"}


class OpenAIModel:
    """A model behind a chat-completions API.

    The key comes from ``OPENAI_API_KEY``; a service of one's own (``base_url``) may do without.
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        base_url: str | None = None,
        environment: Mapping[str, str] | None = None,
        concurrency: int = 8,
        max_tokens: int | None = None,
        timeout: float = 120.0,
        retries: int = 4,
    ) -> None:
        env = os.environ if environment is None else environment
        self.name = model or DEFAULT_MODEL
        url = base_url or env.get("OPENAI_BASE_URL")
        self._own = bool(url) and not (urlsplit(url or "").hostname or "").endswith("openai.com")
        # Prices are the vendor's own: another service that calls a model alike charges differently.
        self._card = Card() if self._own else card(self.name)
        self._max_tokens = max_tokens or self._card.max_tokens
        self._timeout = timeout
        key = env.get("OPENAI_API_KEY")
        if not key and not self._own:
            raise missing_key(_SERVICE, "OPENAI_API_KEY")
        self._client = self._connect(key or "none", url, retries)
        self._attempts = Attempts(_SERVICE, concurrency, timeout)

    def _connect(self, key: str, url: str | None, retries: int) -> AsyncOpenAI:
        try:
            import openai
        except ImportError:
            raise ProposerError(
                "MODEL-EXTRA-MISSING", "the proposer “openai” needs an extra: pip install 'steplang[openai]'"
            ) from None
        return openai.AsyncOpenAI(api_key=key, base_url=url, timeout=self._timeout, max_retries=retries)

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

    def _parameters(self, prompt: Prompt, temperature: float | None) -> dict[str, Any]:
        # These services cache by prefix on their own; the shared parts only have to come first.
        system = [{"role": "system", "content": text} for text in prompt.prefix]
        turns = [{"role": turn.role, "content": turn.text} for turn in prompt.turns]
        # Services other than OpenAI's may not know the newer spelling of the bound.
        bound = "max_tokens" if self._own else "max_completion_tokens"
        made: dict[str, Any] = {"model": self.name, "messages": [*system, *turns], bound: self._max_tokens}
        if temperature is not None and self._card.temperature:
            made["temperature"] = temperature
        return made

    async def _stream(
        self, prompt: Prompt, temperature: float | None, received: Received | None
    ) -> tuple[str, Stop, Usage]:
        import httpx2
        import openai

        text: list[str] = []
        length = 0
        usage = Usage()
        stop: str | None = None
        begun = False
        refused = False
        try:
            stream = await self._client.chat.completions.create(
                **self._parameters(prompt, temperature), stream=True, stream_options={"include_usage": True}
            )
            async with stream:
                async for chunk in stream:
                    begun = True
                    if chunk.usage:
                        usage = self._count(chunk.usage)
                    for choice in chunk.choices[:1]:
                        refused = refused or bool(choice.delta.refusal)
                        text.append(choice.delta.content or choice.delta.refusal or "")
                        length += len(text[-1])
                        stop = choice.finish_reason or stop
                    if received:
                        received(length)
                    if length > MAX_ANSWER:
                        return "".join(text)[:MAX_ANSWER], "length", usage
        except openai.APIStatusError as error:
            kind = error.code or error.type
            raise from_status(_SERVICE, error.status_code, error.message, kind=kind, request=error.request_id) from None
        except openai.APITimeoutError:
            raise too_slow(_SERVICE, self._timeout, usage) from None
        except openai.APIConnectionError as error:
            if begun:
                raise Cut("MODEL-CUT", f"{_SERVICE}: the answer broke off: {error}", usage) from None
            raise unreachable(_SERVICE, str(self._client.base_url.host), str(error.__cause__ or error)) from None
        except (httpx2.HTTPError, ValueError, TypeError, AttributeError, openai.OpenAIError) as error:
            told = " ".join(str(error).split())[:200] or type(error).__name__
            raise Cut("MODEL-CUT", f"{_SERVICE}: the answer broke off: {told}", usage) from None
        if stop is None:
            raise Cut("MODEL-CUT", f"{_SERVICE}: the answer broke off before its end", usage)
        return "".join(text), "refusal" if refused else _STOPS.get(stop, "other"), usage

    def _count(self, counted: Any) -> Usage:
        details = counted.prompt_tokens_details
        read = (details.cached_tokens or 0) if details else 0
        written = (details.cache_write_tokens or 0) if details else 0
        return self._card.priced(
            Usage(max(0, counted.prompt_tokens - read - written), counted.completion_tokens, read, written)
        )
