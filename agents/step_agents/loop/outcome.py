"""What a run of the loop is asked for, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from step_agents.loop.accounting import Counts, Round, mean_pass_at
from step_agents.loop.domain import A, Solved, T
from step_agents.loop.surroundings import Reason


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How the loop runs: ``samples`` candidates at each of ``temperatures``, ``granularity`` strata (the paper's 3).

    ``parallel`` bounds how many samples are under way. ``improve`` False shows no demonstrations and samples every
    task in one round (the paper's agents without self-improvement). After ``give_up`` requests in a row without an
    answer the run ends, to be resumed when there are answers again (None: never).
    """

    samples: int = 64
    temperatures: tuple[float | None, ...] = (0.4, 0.7, 1.0)
    granularity: int = 3
    seed: int = 0
    parallel: int = 8
    improve: bool = True
    max_rounds: int = 1000
    give_up: int | None = None


@dataclass(frozen=True)
class Outcome(Generic[T, A]):
    """What a run came to. ``counts`` sums every task's rounds, ``last`` has the last round each task was sampled in."""

    reason: Reason
    message: str
    solved: tuple[Solved[T, A], ...]
    unsolved: tuple[T, ...]
    rounds: tuple[Round, ...]
    counts: Mapping[str, Counts]
    last: Mapping[str, Counts]

    @property
    def pass_at_1(self) -> float:
        """The mean success rate of one sample, each task in the last round it was sampled in."""
        return mean_pass_at(1, self.last)

    @property
    def pass_at_n(self) -> float:
        """The part of the tasks that were solved."""
        every = len(self.solved) + len(self.unsolved)
        return len(self.solved) / every if every else 0.0
