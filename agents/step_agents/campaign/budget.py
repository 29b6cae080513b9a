"""Budgets that stop a campaign, and say what is left. What a resumed run spent before counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from math import inf

from step_agents.loop.surroundings import Stop
from step_agents.usage import Usage


def counted(samples: float) -> str:
    """A number of samples in words."""
    return f"{samples:,.0f} sample{'' if samples == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a whole campaign; None is no limit. ``money`` is US dollars, ``seconds`` wall time."""

    samples: int | None = None
    tokens: int | None = None
    seconds: float | None = None
    money: float | None = None

    def over(self, kept: Mapping[str, float | None]) -> Budget:
        """These limits, and those of ``kept`` where there is none here."""
        mine = asdict(self)
        return Budget(**{name: kept.get(name) if value is None else value for name, value in mine.items()})  # type: ignore[arg-type]


class BudgetGate:
    """Lets samples begin while there is budget, and stops gracefully on request: what is under way is finished.

    Tokens and money of samples under way are reserved at the mean of those done, so that a limit is not passed by
    what many at once still cost.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        samples: int = 0,
        usage: Usage | None = None,
        seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget, self._clock = budget, clock
        self.samples, self.usage = samples, usage or Usage()
        self._before, self._started = seconds, clock()
        self._away = 0
        self._stopped = False

    @property
    def seconds(self) -> float:
        """Wall time spent, with what earlier parts of the run took."""
        return self._before + self._clock() - self._started

    @property
    def seconds_left(self) -> float:
        """Wall time until the limit; infinite where there is none."""
        return inf if self._budget.seconds is None else self._budget.seconds - self.seconds

    def stop(self) -> None:
        """Lets no further sample begin."""
        self._stopped = True

    def enter(self) -> None:
        """Takes a place.

        Raises:
            Stop: the budget is spent, or a stop was asked for.
        """
        if self._stopped:
            raise Stop("stopped", "stopped on request; resume to go on")
        limit = self._spent()
        if limit is not None:
            raise Stop("budget", f"the budget of {limit} is spent; {self.left_text()}; resume with more to go on")
        self._away += 1

    def leave(self, usage: Usage, *, answered: bool) -> None:
        """Gives the place back."""
        self._away -= 1
        self.samples += answered
        self.usage += usage

    def spend(self, usage: Usage) -> None:
        """Counts what a guardian took for a sample that was let in: it is finished, like all that is under way."""
        self.usage += usage

    def left(self) -> dict[str, float | None]:
        """What is left of each limit (None: there is no limit); samples under way are gone already."""
        budget = self._budget
        cost = self.usage.cost or 0.0
        return {
            "samples": None if budget.samples is None else max(0, budget.samples - self.samples - self._away),
            "tokens": None if budget.tokens is None else max(0, budget.tokens - self.usage.total),
            "seconds": None if budget.seconds is None else max(0.0, budget.seconds - self.seconds),
            "money": None if budget.money is None else max(0.0, budget.money - cost),
        }

    def left_text(self) -> str:
        """What is left, for people."""
        units = {"tokens": "tokens", "seconds": "s", "money": "dollars"}
        parts = [counted(value) if name == "samples" else
                 f"{value:,.2f} {units[name]}" if name in ("seconds", "money") else f"{value:,.0f} {units[name]}"
                 for name, value in self.left().items() if value is not None]  # fmt: skip
        return "left: " + (", ".join(parts) or "no limit")

    def _spent(self) -> str | None:
        budget = self._budget
        mean_tokens = self.usage.total / self.samples if self.samples else 0.0
        mean_cost = (self.usage.cost or 0.0) / self.samples if self.samples else 0.0
        if budget.samples is not None and self.samples + self._away >= budget.samples:
            return counted(budget.samples)
        if budget.tokens is not None and self.usage.total + self._away * mean_tokens >= budget.tokens:
            return f"{budget.tokens:,} tokens"
        if budget.seconds is not None and self.seconds >= budget.seconds:
            return f"{budget.seconds:g} s"
        if budget.money is not None and (self.usage.cost or 0.0) + self._away * mean_cost >= budget.money:
            return f"{budget.money:g} dollars"
        return None
