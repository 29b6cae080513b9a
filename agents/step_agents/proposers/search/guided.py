"""Guided enumeration: all values that are at most a few steps off what the reference computes (:mod:`.hints`).

Steps whose result the reference computes too are free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.enumerate import Enumeration, Plan
from step_agents.proposers.search.evaluate import Array
from step_agents.proposers.search.joining import PAIRS
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.meeting import Found
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.values import Cost, Shelf, count_uses

GLUE = 2
"""What one step of a guided search may cost beyond its limit, if the result is one of the reference's."""


class Guided(Enumeration):
    """All values a few steps off the reference's path, by cost."""

    _glue = GLUE

    def __init__(self, scene: Scene, limit: Limit, budget: Budget, prior: Prior | None = None) -> None:
        super().__init__(scene, limit, budget, prior)
        self._joined: dict[int, int] = {}

    def _levels(self) -> Iterator[Found | None]:
        """By cost."""
        while True:
            yield from self._join_new()
            if not self._pending:
                return
            self.level = min(self._pending)
            yield from self._evaluate_level()

    def _free(self, shelf: Shelf, flat: Array, projected: Array) -> NDArray[np.bool_] | None:
        return self.scene.hints.recognise(shelf, flat, projected)

    def _ends(self, cost: Cost) -> NDArray[np.bool_]:
        ends: NDArray[np.bool_] = _steps(count_uses(cost.charges)) >= self.limit.slack
        return ends

    def _charges(self, cost: Cost, step: Any, lanes: Any) -> Any:
        return cost.charges | step

    def _planned(self, shelves: tuple[Shelf, ...], recipes: Sequence[Recipe]) -> Plan | None:
        return Plan(shelves, tuple(recipes), {}) if recipes else None

    def _join_new(self) -> Iterator[None]:
        """Combines the values that are new since the last time with all others."""
        self._plan_fresh()
        before, now = self._joined, self._counts()
        for plan in self._plans:
            yield from self._join(plan, before, now)
        self._joined = now

    def _counts(self) -> dict[int, int]:
        return {shelf.number: shelf.count for shelf in self._known}

    def _join(self, plan: Plan, before: dict[int, int], now: dict[int, int]) -> Iterator[None]:
        count = len(plan.shelves)
        for new in range(count):
            spans = []
            for place, shelf in enumerate(plan.shelves):
                old, all_ = before.get(shelf.number, 0), now[shelf.number]
                spans.append((0, old) if place < new else (old, all_) if place == new else (0, all_))
            if all(low < high for low, high in spans):
                first = np.arange(*spans[0], dtype=np.int32)[:, None]
                yield from self._extend(plan, spans, first, plan.shelves[0].cost(slice(*spans[0])))

    def _extend(self, plan: Plan, spans: list[tuple[int, int]], rows: NDArray[np.int32], cost: Cost) -> Iterator[None]:
        place = rows.shape[1]
        if place == len(plan.shelves):
            self._schedule(plan, plan.recipes, rows, cost)
            return
        low, high = spans[place]
        shelf = plan.shelves[place]
        chunk = max(1, PAIRS // (high - low))
        most = self.limit.slack - 1
        for start in range(0, len(rows), chunk):
            mine = slice(start, start + chunk)
            for left in range(low, high, PAIRS):
                theirs = slice(left, min(left + PAIRS, high))
                least = self.bank.sketch.bound(cost.words[mine], shelf.words[theirs])
                self.budget.joined += least.size
                first, second = np.nonzero(least <= most)
                self.budget.counted += len(first)
                if not len(first):
                    continue
                first += start
                second += left
                union = cost.at(first).join(shelf.cost(second))
                kept = np.flatnonzero(_steps(count_uses(union.charges)) <= most)
                if len(kept):
                    joined = np.empty((len(kept), place + 1), np.int32)
                    joined[:, :place] = rows[first[kept]]
                    joined[:, place] = second[kept]
                    yield from self._extend(plan, spans, joined, union.at(kept))
            self.budget.check(self.bank.bytes)
            yield None

    def _schedule(self, plan: Plan, recipes: Sequence[Recipe], rows: NDArray[np.int32], cost: Cost) -> None:
        total = count_uses(cost.lanes).astype(np.int32).sum(axis=1)
        steps = _steps(count_uses(cost.charges).astype(np.int32))
        for recipe in recipes:
            fine = (steps + 1 <= self.limit.slack) & (steps + recipe.weight <= self.limit.slack + GLUE)
            self._place(plan, recipe, rows, total + recipe.weight, fine)


def _steps(charges: Any) -> Any:
    """How many steps programs are off the path, from the charges of the regions (n, regions + 1)."""
    return charges.sum(axis=1, dtype=np.int32)
