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
from step_agents.proposers.search.evaluate import Array, shape_of
from step_agents.proposers.search.joining import PAIRS, Parts, sifted
from step_agents.proposers.search.kinds import Kind
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.meeting import Found
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.values import Cost, Shelf, count_uses

GLUE = 2
"""What one step of a guided search may cost beyond its limit, if the result is one of the reference's."""
AHEAD = 1 << 11
"""So many combinations are finished before what was found on the path is looked at: few at a time are slow."""

Span = tuple[int, int]
"""Rows of a shelf, from and up to."""
Places = NDArray[np.signedinteger[Any]]
Pair = tuple[Places, Places]
"""Places among what is joined so far, and rows of the next shelf."""

STRAY = 4
"""How much more a step off the path counts than one on it when turns are taken."""


class Guided(Enumeration):
    """All values a few steps off the reference's path: fewer steps off it first, of as many what costs less. A value
    that turns out to be on the path starts anew, and what is made of it goes before all else."""

    _glue = GLUE
    _tolerance = STRAY

    def __init__(self, scene: Scene, limit: Limit, budget: Budget, prior: Prior | None = None) -> None:
        super().__init__(scene, limit, budget, prior)
        self._joined: dict[int, int] = {}
        self._found = 0
        self._parts = Parts(self.bank)
        self._mosts: dict[Kind, int] = {}
        self._wanted = {goal.kind for variants in scene.goals for goal in variants}

    def _levels(self) -> Iterator[Found | None]:
        while True:
            yield from self._join_new()
            if not self._pending:
                return
            self.level = min(self._pending)
            yield from self._evaluate_turn(self.level)

    def _evaluate_turn(self, turn: int) -> Iterator[Found | None]:
        """What has its turn, until something is found that is on the path: if much is left, it waits again."""
        self._waiting = self._ordered(self._pending.pop(turn))
        before = self._found
        while self._waiting:
            yield from self._evaluate(self._waiting.pop(0))
            if self._found > before and sum(len(rows) for one in self._waiting for rows in one.rows) > AHEAD:
                self._pending[turn] = {id(one.recipe): one for one in self._waiting}
                self._waiting = []

    @property
    def length(self) -> int:
        return max(0, self.level - STRAY)

    def is_past(self, weight: int) -> bool:
        return min(self._pending, default=0) > weight + STRAY * (self.limit.slack + GLUE)

    def _free(self, shelf: Shelf, flat: Array, projected: Array) -> NDArray[np.bool_] | None:
        return self.scene.hints.recognise(shelf, flat, projected)

    def _added(self, free: NDArray[np.bool_] | None) -> None:
        if free is not None:
            self._found += int(free.sum())

    def _ends(self, cost: Cost) -> NDArray[np.bool_]:
        ends: NDArray[np.bool_] = _steps(count_uses(cost.charges)) >= self.limit.slack
        return ends

    def _charge(self, recipe: Recipe) -> int:
        return recipe.charge

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
            spans: list[Span] = []
            for place, shelf in enumerate(plan.shelves):
                old, all_ = before.get(shelf.number, 0), now[shelf.number]
                spans.append((0, old) if place < new else (old, all_) if place == new else (0, all_))
            if all(low < high for low, high in spans):
                first = np.arange(*spans[0], dtype=np.int32)[:, None]
                yield from self._extend(plan, spans, first, plan.shelves[0].cost(slice(*spans[0])))

    def _extend(self, plan: Plan, spans: list[Span], rows: NDArray[np.int32], cost: Cost) -> Iterator[None]:
        place = rows.shape[1]
        if place == len(plan.shelves):
            self._schedule(plan, plan.recipes, rows, cost)
            return
        shelf = plan.shelves[place]
        most = self.limit.slack - 1
        pairs = self._pairs if place == 1 else self._filtered
        for first, second in pairs(plan.shelves, spans, rows, cost):
            self.budget.counted += len(first)
            union = cost.at(first).join(shelf.cost(second))
            kept = np.flatnonzero(_steps(count_uses(union.charges)) <= most)
            if len(kept):
                joined = np.empty((len(kept), place + 1), np.int32)
                joined[:, :place] = rows[first[kept]]
                joined[:, place] = second[kept]
                yield from self._extend(plan, spans, joined, union.at(kept))
            self.budget.check(self.bank.bytes)
            yield None

    def _pairs(
        self, shelves: Sequence[Shelf], spans: Sequence[Span], rows: NDArray[np.int32], cost: Cost
    ) -> Iterator[Pair]:
        """What may go together of the first two shelves. What is as far off the path as may be goes only with what is
        on it, and with its own parts: those are looked up."""
        most = self.limit.slack - 1
        low, high = spans[1]
        mine, theirs = _steps(count_uses(cost.charges)), _steps(count_uses(shelves[1].charges[low:high]))
        tight, dear = np.flatnonzero(mine == most), np.flatnonzero(theirs == most)
        if most == 0 or len(tight) * (high - low) + len(mine) * len(dear) <= PAIRS:
            yield from self._filtered(shelves, spans, rows, cost)
            return
        loose, cheap = np.flatnonzero(mine < most), np.flatnonzero(theirs < most)
        yield from self._sifted(cost, loose, shelves[1], cheap + low)
        yield from _every(tight, np.flatnonzero(theirs == 0) + low)
        yield from _every(np.flatnonzero(mine == 0), dear + low)
        for start in range(0, len(tight), PAIRS // 8):
            some = tight[start : start + PAIRS // 8]
            first: Places
            second: Places
            first, second = self._parts.on(shelves[1], shelves[0].ids[rows[some, 0]])
            fine = (second >= low) & (second < high)
            first, second = first[fine], second[fine]
            fine = theirs[second - low] > 0
            yield some[first[fine]], second[fine]
        begin, end = spans[0]
        for start in range(0, len(dear), PAIRS // 8):
            some = dear[start : start + PAIRS // 8]
            second, first = self._parts.on(shelves[0], shelves[1].ids[some + low])
            fine = (first >= begin) & (first < end)
            second, first = second[fine], first[fine] - begin
            fine = (mine[first] > 0) & (mine[first] < most)
            yield first[fine], some[second[fine]] + low

    def _filtered(
        self, shelves: Sequence[Shelf], spans: Sequence[Span], rows: NDArray[np.int32], cost: Cost
    ) -> Iterator[Pair]:
        """What may go together with the next shelf, by the sketch alone."""
        place = rows.shape[1]
        yield from self._sifted(cost, np.arange(len(rows)), shelves[place], np.arange(*spans[place]))

    def _sifted(self, cost: Cost, mine: Places, shelf: Shelf, theirs: Places) -> Iterator[Pair]:
        return sifted(self.bank, self.budget, self.limit.slack - 1, cost, mine, shelf, theirs)

    def _most(self, kind: Kind) -> int:
        """How many steps off the path a value of a kind may be: the last one is of use only if it may lead back."""
        known = self._mosts.get(kind)
        if known is None:
            back = kind in self._wanted or any(map(self.scene.hints.fits, shape_of(kind, self.bank.sizes)))
            known = self._mosts[kind] = self.limit.slack if back else self.limit.slack - 1
        return known

    def _schedule(self, plan: Plan, recipes: Sequence[Recipe], rows: NDArray[np.int32], cost: Cost) -> None:
        total = count_uses(cost.lanes).astype(np.int32).sum(axis=1)
        steps = _steps(count_uses(cost.charges).astype(np.int32))
        alike: dict[tuple[int, int, int], list[Recipe]] = {}
        for recipe in recipes:
            alike.setdefault((recipe.weight, recipe.charge, self._most(recipe.result)), []).append(recipe)
        for (weight, charge, most), same in alike.items():
            fine = (steps + 1 <= most) & (steps + charge <= self.limit.slack + GLUE)
            self._place(plan, same, rows, (steps + charge) * STRAY + total + weight, fine)


def _every(mine: Places, theirs: Places) -> Iterator[Pair]:
    """Every pair."""
    if not len(theirs):
        return
    chunk = max(1, PAIRS // len(theirs))
    for start in range(0, len(mine), chunk):
        some = mine[start : start + chunk]
        yield np.repeat(some, len(theirs)), np.tile(theirs, len(some))


def _steps(charges: Any) -> Any:
    """How many steps programs are off the path, from the charges of the regions (n, regions + 1)."""
    return charges.sum(axis=1, dtype=np.int32)
