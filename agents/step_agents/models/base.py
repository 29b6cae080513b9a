"""A language model as the agents see it: text in, text out, with exact accounting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from step_agents.usage import Usage

Stop = Literal["end", "length", "refusal", "other"]
"""Why a model stopped: it was done, it ran into the token limit, it refused, or something else."""

MAX_ANSWER = 262_144
"""Characters of an answer that are read; a stream that goes on is closed. No body is a hundredth as long."""


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

    def complete(
        self, prompt: Prompt, *, temperature: float | None = None, received: Received | None = None
    ) -> Awaitable[Completion]:
        """One answer.

        Raises:
            ProposerError: there is none; the message says what to do.
        """

    def close(self) -> Awaitable[None]:
        """Gives back connections."""
