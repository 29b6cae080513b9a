"""Tokens and money, as models' replies count them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a model's answer and what they cost (US dollars; None: no price is known).

    ``input`` are the tokens paid in full, ``cache_read`` and ``cache_write`` those of the shared prefix.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: float | None = 0.0

    @property
    def total(self) -> int:
        """All tokens, in and out."""
        return self.input + self.output + self.cache_read + self.cache_write

    def __add__(self, other: Usage) -> Usage:
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            cost,
        )


def dollars(cost: float | None, unknown: str = "unknown") -> str:
    """A cost for people: to the cent, or to the hundredth of one where it is less than a dollar."""
    if cost is None:
        return unknown
    return f"${cost:,.2f}" if cost >= 1 or cost == 0 else f"${cost:.4f}"
