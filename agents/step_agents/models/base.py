"""A language model as the agents see it: text in, text out, with exact accounting."""

from __future__ import annotations

import math
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from step_agents.usage import Usage

Stop = Literal["end", "length", "refusal", "other"]
"""Why a model stopped: it was done, it ran into the token limit, it refused, or something else."""

MAX_ANSWER = 262_144
"""Characters of an answer that are read; a stream that goes on is closed. No body is a hundredth as long."""


_CHARACTERS_A_TOKEN = 3.0
"""Fewer than any tokenizer of the catalogue needs for code, so that estimates are never too low."""


def estimate_tokens(text: str) -> int:
    """A safe estimate of how many tokens a text takes, where no service has counted them."""
    return math.ceil(len(text) / _CHARACTERS_A_TOKEN)


def well_formed(text: str) -> str:
    """A service's text without halves of surrogate pairs, which JSON can spell and no file or database can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Access:
    """How a service is reached and asked.

    ``environment`` is where keys are looked up (None: the process's own); keys come from nowhere else. At most
    ``concurrency`` requests are under way. ``max_tokens`` bounds one answer (None: the model's own sensible bound),
    ``timeout`` (seconds) one answer with all retries. ``retries`` are the SDK's, before an answer begins.
    """

    environment: Mapping[str, str] | None = None
    base_url: str | None = None
    concurrency: int = 8
    max_tokens: int | None = None
    timeout: float = 120.0
    retries: int = 4

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment that is looked in."""
        return os.environ if self.environment is None else self.environment


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation after the prefix."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked.

    ``prefix`` are the parts that requests share, the most shared first (reference, then demonstrations): each ends
    at a cache breakpoint. ``turns`` are the rest.
    """

    prefix: tuple[str, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer. ``seconds`` is wall time with retries."""

    text: str
    stop: Stop
    usage: Usage
    seconds: float
    model: str


Received = Callable[[int], None]
"""Told how many characters of the answer have arrived."""


class Model(Protocol):
    """A language model. Cancelling the awaiting task closes the connection."""

    @property
    def name(self) -> str:
        """The model's name, as its service knows it."""

    @property
    def priced(self) -> bool:
        """Whether its prices are known, so that usages have a cost."""

    @property
    def heated(self) -> bool:
        """Whether it takes a temperature; one that it does not take is not sent."""

    @property
    def under_way(self) -> Usage:
        """What the requests under way come to if they are given up now: an estimate, on the safe side."""

    def complete(
        self,
        prompt: Prompt,
        *,
        temperature: float | None = None,
        received: Received | None = None,
        seconds: float | None = None,
    ) -> Awaitable[Completion]:
        """One answer, within ``seconds`` (None: the service's own limit).

        Raises:
            ProposerError: there is none; the message says what to do, ``usage`` what was paid all the same.
        """

    def close(self) -> Awaitable[None]:
        """Gives back connections."""
