"""What is known of models: prices, and which parameters they take. Data, in ``catalogue.yaml``."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from importlib import resources

import yaml

from step_agents.usage import Usage

ANSWER_TOKENS = 1024
"""The paper's bound on an answer's tokens."""

THINKING_TOKENS = 16_000
"""The bound for models whose reasoning counts as output."""


@dataclass(frozen=True, slots=True)
class Card:
    """One model: prices in dollars a million tokens (None: unknown), whether it takes a temperature, and whether its
    reasoning counts as output."""

    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None
    temperature: bool = True
    thinking: bool = False

    @property
    def max_tokens(self) -> int:
        """The bound on an answer's tokens where the user gives none."""
        return THINKING_TOKENS if self.thinking else ANSWER_TOKENS

    def priced(self, usage: Usage) -> Usage:
        """The usage with its cost."""
        if self.input is None or self.output is None or self.cache_read is None or self.cache_write is None:
            return replace(usage, cost=None)
        dollars = (
            usage.input * self.input
            + usage.output * self.output
            + usage.cache_read * self.cache_read
            + usage.cache_write * self.cache_write
        )
        return replace(usage, cost=dollars / 1e6)


@functools.cache
def cards() -> dict[str, Card]:
    """All known models by the prefix of their name."""
    text = resources.files("step_agents.models").joinpath("catalogue.yaml").read_text("utf-8")
    return {prefix: Card(**values) for prefix, values in yaml.safe_load(text).items()}


def card(model: str, unknown: Card = Card()) -> Card:
    """The card of a model: of the longest known prefix of its name; ``unknown`` where there is none."""
    known = [prefix for prefix in cards() if model.startswith(prefix)]
    return cards()[max(known, key=len)] if known else unknown
