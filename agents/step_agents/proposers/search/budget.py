"""Budgets: how long and how large a search may be, and what it has done so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


class OutOfBudget(Exception):
    """The time or the memory is used up. ``reason`` is "time" or "memory"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Budget:
    """Seconds and bytes that a search may use; counts candidates.

    ``typed`` counts step shapes looked at by type alone, ``joined`` combinations of values whose cost was looked at,
    ``counted`` those of them whose cost was counted exactly,
    ``candidates`` values that were computed, ``calls`` batched calls of functions, ``elements`` what they were applied
    to. ``reserved`` seconds are kept for what comes after.
    """

    seconds: float
    bytes: int
    clock: Callable[[], float] = time.monotonic
    typed: int = 0
    joined: int = 0
    counted: int = 0
    candidates: int = 0
    calls: int = 0
    elements: int = 0
    reserved: float = 0.0
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.clock() - self.started

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - self.reserved - self.elapsed

    @property
    def work(self) -> float:
        """What was done so far, in seconds of a nominal machine. Turns are taken by this, not by a clock, so that the
        same request gives the same program however busy the machine is."""
        return (
            self.typed * 1.5e-4
            + self.joined * 1e-8
            + self.counted * 2e-7
            + self.candidates * 1e-5
            + self.calls * 8e-5
            + self.elements * 2e-8
        )

    def check(self, used: int = 0) -> None:
        """Raises if the budget is used up.

        Raises:
            OutOfBudget: it is.
        """
        if self.left <= 0:
            raise OutOfBudget("time")
        if used > self.bytes:
            raise OutOfBudget("memory")
