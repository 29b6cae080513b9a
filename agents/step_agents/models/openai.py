"""Any OpenAI-compatible service, through the official ``openai`` SDK (the extra ``openai``): OpenAI, DeepSeek,
Together, vLLM, Ollama and the like, by ``base_url``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from step_agents.errors import ProposerError
from step_agents.models.base import Access, Prompt, Stop
from step_agents.models.catalogue import Card, card, own_card
from step_agents.models.failures import check_url, missing_key
from step_agents.models.meter import Meter
from step_agents.models.service import Service
from step_agents.models.wire import watched
from step_agents.usage import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI

DEFAULT_MODEL = "gpt-6-sol"
_SERVICE = "OpenAI-compatible service"
_KEY = "OPENAI_API_KEY"
_STOPS: Mapping[str, Stop] = {"stop": "end", "length": "length", "content_filter": "refusal"}
_UNKNOWN = Card(temperature=False, thinking=True)


class OpenAIModel(Service):
    """A model behind a chat-completions API.

    The key comes from ``OPENAI_API_KEY``; a service of one's own (``base_url``) may do without.
    """

    def __init__(self, model: str | None = None, access: Access | None = None) -> None:
        access = access or Access()
        env = access.variables
        name = model or DEFAULT_MODEL
        url = access.base_url or env.get("OPENAI_BASE_URL")
        check_url(_SERVICE, url)
        self._own = bool(url) and not (urlsplit(url or "").hostname or "").endswith("openai.com")
        # Prices are the vendor's own: another service that calls a model alike charges differently.
        known = own_card(name, Card(), env) if self._own else card(name, _UNKNOWN, env)
        super().__init__(_SERVICE, _KEY, name, known, access)
        key = env.get(_KEY)
        if not key and not self._own:
            raise missing_key(_SERVICE, _KEY)
        self._client = self._connect(key or "none", url, access)

    def _connect(self, key: str, url: str | None, access: Access) -> AsyncOpenAI:
        try:
            import openai
        except ImportError:
            raise ProposerError(
                "MODEL-EXTRA-MISSING", "the proposer “openai” needs an extra: pip install 'steplang[openai]'"
            ) from None
        return openai.AsyncOpenAI(
            api_key=key,
            base_url=url,
            timeout=access.timeout,
            max_retries=access.retries,
            http_client=watched(openai.DefaultAsyncHttpxClient)(),
        )

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
        if temperature is not None:
            made["temperature"] = temperature
        return made

    async def _stream(self, prompt: Prompt, temperature: float | None, meter: Meter) -> Stop | None:
        stop: str | None = None
        refused = False
        stream = await self._client.chat.completions.create(
            **self._parameters(prompt, temperature), stream=True, stream_options={"include_usage": True}
        )
        async with stream:
            async for chunk in stream:
                meter.begin()
                for choice in chunk.choices[:1]:
                    refused = refused or bool(choice.delta.refusal)
                    meter.take(choice.delta.content or choice.delta.refusal or "")
                    stop = choice.finish_reason or stop
                if chunk.usage:
                    # Some services count in every chunk: what they say before the end is not the whole.
                    meter.count(_counted(chunk.usage), whole=stop is not None)
                if meter.full:
                    break
        return "refusal" if refused and stop else None if stop is None else _STOPS.get(stop, "other")

    @property
    def _sdk(self) -> Any:
        import openai

        return openai

    @property
    def _error(self) -> type[Exception]:
        import openai

        return openai.OpenAIError

    @property
    def _host(self) -> str:
        return urlsplit(str(self._client.base_url)).netloc

    def _refused(self, error: Any) -> ProposerError:
        return self._status(error, error.message, error.code or error.type)


def _counted(counted: Any) -> Usage:
    """The tokens of a reply. What was read from the cache is part of the prompt's; DeepSeek has a field of its own."""
    details = counted.prompt_tokens_details
    read = getattr(details, "cached_tokens", None) or getattr(counted, "prompt_cache_hit_tokens", None) or 0
    written = getattr(details, "cache_write_tokens", None) or 0
    return Usage(max(0, counted.prompt_tokens - read - written), counted.completion_tokens or 0, read, written)
