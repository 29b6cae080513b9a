"""Meeting goals: which values are outputs, and which came nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step_agents.proposers.search.goals import TOLERANCE, Goal, close
from step_agents.proposers.search.values import Bank, Shelf, Way, usable


@dataclass(frozen=True, slots=True)
class Found:
    """For each output a goal that is met, and the value that meets it."""

    values: tuple[int, ...]
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The value that came nearest to a goal: the largest difference, relative to the goal's largest number."""

    gap: float
    goal: Goal
    way: Way | None


class Meeting:
    """The goals of one bank of values, and what has met them."""

    def __init__(self, goals: Sequence[Sequence[Goal]], bank: Bank) -> None:
        self._goals, self._bank = goals, bank
        self._met: list[list[tuple[int, Goal]]] = [[] for _ in goals]
        self._tables: dict[int, list[tuple[Goal, Any, Any]]] = {}
        self.nearest = [Nearest(np.inf, variants[0], None) for variants in goals]

    def near(self, shelf: Shelf, flat: Any, way: Any) -> NDArray[np.bool_] | None:
        """Which of stacked values may be goals; None if no goal is of their kind."""
        table = self._tables.get(shelf.number)
        if table is None:
            table = self._tables[shelf.number] = [
                (goal, *self._target(shelf, goal)) for goals in self._goals for goal in goals if goal.kind == shelf.kind
            ]
        if not table:
            return None
        near = np.zeros(len(flat), bool)
        for goal, target, scale in table:
            with np.errstate(all="ignore"):
                gaps = np.abs(flat - target).max(axis=1) / scale
            near |= gaps <= TOLERANCE
            gaps = np.nan_to_num(gaps, nan=np.inf)
            place = int(gaps.argmin())
            if gaps[place] < self.nearest[goal.output].gap:
                self.nearest[goal.output] = Nearest(float(gaps[place]), goal, way(place))
        return near

    def enter(self, shelf: Shelf, row: int) -> Iterator[Found]:
        """Enters a value that may be a goal."""
        value = int(shelf.ids[row])
        for goal, _, _ in self._tables[shelf.number]:
            if all(close(a, b) for a, b in zip(self._bank.arrays_of(value), goal.arrays, strict=True)):
                yield from self._meet(goal, value)

    def _target(self, shelf: Shelf, goal: Goal) -> tuple[Any, float]:
        _, flat = usable(shelf.flat(tuple(array[None].copy() for array in goal.arrays)))
        return flat, max(float(np.abs(flat[np.abs(flat) < 1e29]).max(initial=0.0)), 1e-300)

    def _meet(self, goal: Goal, value: int) -> Iterator[Found]:
        met = self._met[goal.output]
        if any(known == value for known, _ in met):
            return
        met.append((value, goal))
        if not all(self._met):
            return
        others = [[(value, goal)] if place == goal.output else known[:3] for place, known in enumerate(self._met)]
        picks: list[list[tuple[int, Goal]]] = [[]]
        for options in others:
            picks = [[*pick, option] for pick in picks for option in options][:9]
        for pick in picks:
            yield Found(tuple(one for one, _ in pick), tuple(one for _, one in pick))
