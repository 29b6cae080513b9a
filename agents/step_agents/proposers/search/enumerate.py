"""Enumeration: all values that can be made within a limit, first what short programs can be made of.

Two kinds of limit, one machinery. *Systematic*: a value's slack is what its program costs beyond one use of each of
its functions (a second use, glue); all values of slack up to a bound are made, by cost. *Guided*: steps whose
result the reference computes too (:mod:`.hints`) are free; all values that are at most a few steps away from what
the reference computes are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.cover import Coverer, Recipe
from step_agents.proposers.search.evaluate import Arrays, Evaluator
from step_agents.proposers.search.goals import Goal
from step_agents.proposers.search.hints import Hints
from step_agents.proposers.search.joining import PAIRS, Joiner
from step_agents.proposers.search.kinds import Kind
from step_agents.proposers.search.meeting import Found, Meeting, Nearest
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.reach import FARTHEST, Reach
from step_agents.proposers.search.roles import Role
from step_agents.proposers.search.values import (
    Bank,
    Cost,
    Shelf,
    Way,
    count_uses,
    keys_of,
    usable,
)
from step_agents.proposers.search.work import work_of

GLUE = 2
"""What one step of a guided search may cost beyond its limit, if the result is one of the reference's."""
NUMBERS = 1 << 18
"""Numbers that one batched call computes."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What is enumerated: slack and uses of one function up to a bound, or (``guided``) steps off the reference's
    path up to a bound. On the path is what the reference computes; nearly, too, unless ``exact``."""

    slack: int
    cap: int
    guided: bool = False
    exact: bool = False

    def __str__(self) -> str:
        if not self.guided:
            return f"slack {self.slack}, uses {self.cap}"
        return f"guided {self.slack}" + (", exact" if self.exact else "")


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """What a search is about: how to evaluate, what may be applied, what is given and what is wanted."""

    evaluator: Evaluator
    roles: tuple[Role, ...]
    regions: int
    coverer: Coverer
    inputs: tuple[tuple[Kind, Arrays], ...]
    goals: tuple[tuple[Goal, ...], ...]
    hints: Hints
    seed: int


@dataclass(eq=False, slots=True)
class _Plan:
    """The recipes for values of given shelves, of all roles that take the same fields."""

    shelves: tuple[Shelf, ...]
    recipes: tuple[Recipe, ...]
    left: dict[int, tuple[Recipe, ...]]
    """Those whose result is so far from an output (:class:`.reach.Reach`); of a guided search none."""


@dataclass(eq=False, slots=True)
class _Pending:
    recipe: Recipe
    shelves: tuple[Shelf, ...]
    rows: list[NDArray[np.int32]]


class Enumeration:
    """One run under one limit. :meth:`run` gives None now and then, and each new way to meet all goals."""

    def __init__(self, scene: Scene, limit: Limit, budget: Budget, prior: Prior | None = None) -> None:
        self.scene, self.limit, self.budget, self.prior = scene, limit, budget, prior
        self.bank = Bank(scene.evaluator.sizes, scene.regions, scene.seed, limit.guided)
        self._random = np.random.default_rng([scene.seed, 0x1A2E5])
        self._plans: list[_Plan] = []
        self._known: list[Shelf] = []
        self._joined: dict[int, int] = {}
        self._pending: dict[int, dict[tuple[Recipe, tuple[int, ...]], _Pending]] = {}
        self._meeting = Meeting(scene.goals, self.bank)
        alike: dict[tuple[object, ...], list[Role]] = {}
        for role in scene.roles:
            alike.setdefault((role.fields, role.is_merge), []).append(role)
        self._alike = tuple(alike.values())
        goals = [goal.kind for variants in scene.goals for goal in variants]
        self._reach = Reach(scene.roles, goals, scene.coverer)
        self._joiner = Joiner(self.bank, limit.slack, limit.cap, budget)
        self.level = 0
        self._waiting: list[_Pending] = []

    @property
    def nearest(self) -> Sequence[Nearest]:
        """For each output what came nearest to it so far."""
        return self._meeting.nearest

    def run(self) -> Iterator[Found | None]:
        """Enumerates until nothing is left.

        Raises:
            OutOfBudget: time or memory is used up.
        """
        yield from self._begin()
        yield from self._run_guided() if self.limit.guided else self._run_systematic()

    def _run_guided(self) -> Iterator[Found | None]:
        """By cost."""
        while True:
            yield from self._join_new()
            if not self._pending:
                return
            self.level = min(self._pending)
            yield from self._evaluate_level()

    def _run_systematic(self) -> Iterator[Found | None]:
        """By what a program costs at least: what a value costs and what it is still away from an output. At each
        length of programs every combination is looked at once more, but only those are kept that it is the turn of:
        to keep all for later would take more than all else."""
        most = self.scene.regions * self.limit.cap + self.limit.slack
        for length in range(1, most + FARTHEST + 1):
            for left in range(min(FARTHEST, length - 1), -1, -1):
                self.level = length - left
                self._plan_fresh()
                for plan in self._plans:
                    if left in plan.left:
                        yield from self._join_all(plan, plan.left[left])
                yield from self._evaluate_level()

    def _evaluate_level(self) -> Iterator[Found | None]:
        self._waiting = self._ordered(self._pending.pop(self.level, {}))
        while self._waiting:
            yield from self._evaluate(self._waiting.pop(0))

    def rest_of_level(self) -> Iterator[Found | None]:
        """What is left of the level and gives values of the outputs' kinds: other ways to make what was found. To be
        called between two events of :meth:`run`, which goes on with what is left then.

        Raises:
            OutOfBudget: time or memory is used up.
        """
        wanted = {goal.kind for variants in self.scene.goals for goal in variants}
        ahead = [pending for pending in self._waiting if pending.recipe.result in wanted]
        for pending in ahead:
            self._waiting.remove(pending)
            yield from self._evaluate(pending)

    def _ordered(self, bucket: dict[Any, _Pending]) -> list[_Pending]:
        """What is tried at a level, in order: as it came, or the likeliest first."""
        waiting = list(bucket.values())
        prior = self.prior
        if prior is None:
            return waiting

        def likelihood(pending: _Pending) -> float:
            first = pending.rows[0][0]
            ids = [int(shelf.ids[row]) for shelf, row in zip(pending.shelves, first, strict=True)]
            return -prior.score_recipe(pending.recipe, [self.bank.ways[one][0].recipe for one in ids])

        return sorted(waiting, key=likelihood)

    # Values

    def _begin(self) -> Iterator[Found | None]:
        none = np.zeros((2, self.scene.regions + 1), np.uint32)
        for number, (kind, arrays) in enumerate(self.scene.inputs):
            stacked = tuple(array[None] for array in arrays)
            cost = Cost(none[None], none[None], np.zeros((1, self.bank.sketch.words), np.uint64))
            yield from self._keep(
                self.bank.shelf(kind), stacked, cost, lambda _, n=number: Way(None, (n,)), np.zeros(1)
            )

    def _evaluate(self, pending: _Pending) -> Iterator[Found | None]:
        rows = pending.rows[0] if len(pending.rows) == 1 else np.concatenate(pending.rows)
        recipe = pending.recipe
        shelf = self.bank.shelf(recipe.result)
        width = max(shelf.width, *(one.width for one in pending.shelves), 1)
        chunk = max(1, min(NUMBERS // width, 8192))
        own = work_of(recipe, self.bank.sizes)
        for start in range(0, len(rows), chunk):
            part = rows[start : start + chunk]
            values = [one.take(part[:, place]) for place, one in enumerate(pending.shelves)]
            arrays = self._apply(recipe, values)
            self.budget.candidates += len(part)
            self.budget.check(self.bank.bytes)
            if arrays is not None:
                cost = self._cost(pending.shelves, part)
                ids = np.stack([one.ids[part[:, place]] for place, one in enumerate(pending.shelves)], axis=1)
                works = self.bank.works(ids) + own

                def way(index: int, ids: Any = ids, works: Any = works) -> Way:
                    return Way(recipe, tuple(ids[index].tolist()), float(works[index]))

                yield from self._keep(shelf, arrays, cost, way, works, recipe)
            yield None

    def _apply(self, recipe: Recipe, values: Sequence[Arrays]) -> Arrays | None:
        evaluator = self.scene.evaluator
        calls, elements = evaluator.calls, evaluator.elements
        arrays = evaluator.apply(recipe, values)
        self.budget.calls += evaluator.calls - calls
        self.budget.elements += evaluator.elements - elements
        return arrays

    def _keep(
        self, shelf: Shelf, arrays: Arrays, cost: Cost, way: Any, works: Any, recipe: Recipe | None = None
    ) -> Iterator[Found | None]:
        """Puts the new ones among stacked values on their shelf."""
        fine, flat = usable(shelf.flat(arrays))
        projected = shelf.project(flat)
        keys = keys_of(projected)
        met = self._meeting.near(shelf, flat, way)
        free = None
        if recipe is not None:
            cost = self._with_step(cost, recipe)
            if self.limit.guided:
                free = self.scene.hints.recognise(shelf, flat, projected)
                ends = self._slack(count_uses(cost.charges)) >= self.limit.slack
                fine &= free | ~ends | (met if met is not None else False)
        seen: dict[int, int] = {}
        again: list[int] = []
        for index in np.flatnonzero(fine).tolist():
            key = keys[index]
            row = shelf.rows.get(key)
            if row is not None:
                self._alternative(int(shelf.ids[row]), way, works, index)
            elif key in seen:
                again.append(index)
            else:
                seen[key] = index
        if not seen:
            return
        chosen = np.fromiter(seen.values(), np.int32, len(seen))
        free = None if free is None else free[chosen]
        row = self.bank.add(shelf, arrays, chosen, list(seen), cost, free, self.level, works[chosen])
        self.bank.ways.extend([way(index)] for index in seen.values())
        for index in again:
            self._alternative(int(shelf.ids[shelf.rows[keys[index]]]), way, works, index)
        if met is not None:
            for place in np.flatnonzero(met[chosen]).tolist():
                yield from self._meeting.enter(shelf, row + place)

    def _alternative(self, value: int, way: Callable[[int], Way], works: Any, index: int) -> None:
        """Remembers another way to make a value, if it costs no more: then no part of it can be made of the value."""
        if self.bank.level[value] == self.level and not self.bank.enough(value, works[index]):
            self.bank.keep(value, way(index))

    # Costs

    def _with_step(self, cost: Cost, recipe: Recipe) -> Cost:
        """What values cost after one more step, of new random bits."""
        count, region = len(cost.lanes), recipe.role.region
        step = np.zeros_like(cost.lanes)
        words = cost.words.copy()
        step[:, :, region] = np.uint32(1) << self._random.integers(0, 32, (count, 2), dtype=np.uint32)
        self.bank.sketch.add(words, region, self._random)
        for _ in range(recipe.weight - 1):
            step[:, :, -1] |= np.uint32(1) << self._random.integers(0, 32, (count, 2), dtype=np.uint32)
            self.bank.sketch.add(words, self.scene.regions, self._random)
        lanes = cost.lanes | step
        return Cost(lanes, cost.charges | step if self.limit.guided else lanes, words)

    def _cost(self, shelves: Sequence[Shelf], rows: NDArray[np.int32]) -> Cost:
        cost = shelves[0].cost(rows[:, 0])
        for place in range(1, len(shelves)):
            cost = cost.join(shelves[place].cost(rows[:, place]))
        return cost

    def _slack(self, uses: Any) -> Any:
        """What programs cost beyond one use a function, from the uses of the regions (n, regions + 1)."""
        if self.limit.guided:
            return uses.sum(axis=1, dtype=np.int32)
        own = uses[:, :-1]
        return own.sum(axis=1, dtype=np.int32) - (own > 0).sum(axis=1) + uses[:, -1]

    # Steps

    def _join_new(self) -> Iterator[None]:
        """Combines the values that are new since the last time with all others."""
        self._plan_fresh()
        before, now = self._joined, self._counts()
        for plan in self._plans:
            yield from self._join(plan, before, now)
        self._joined = now

    def _counts(self) -> dict[int, int]:
        return {shelf.number: shelf.count for shelf in self._known}

    def _plan_fresh(self) -> None:
        """Plans for the shelves that were empty until now."""
        fresh = [shelf for shelf in self.bank.shelves if shelf not in self._known and shelf.count]
        if fresh:
            self._known.extend(fresh)
            for roles in self._alike:
                self._plan(roles, fresh)

    def _plan(self, roles: Sequence[Role], fresh: Sequence[Shelf]) -> None:
        limit = self.limit.slack + (GLUE if self.limit.guided else 1)
        numbers = {shelf.number for shelf in fresh}
        for chosen in self._sequences(roles[0], 0, limit - 1):
            if any(shelf.number in numbers for shelf in chosen):
                self.budget.typed += 1
                kinds = tuple(shelf.kind for shelf in chosen)
                recipes = [recipe for role in roles for recipe in self.scene.coverer.recipes(role, kinds, limit)]
                left: dict[int, tuple[Recipe, ...]] = {}
                for recipe in recipes if not self.limit.guided else ():
                    far = self._reach.left(recipe.result)
                    if far is not None:
                        left[far] = (*left.get(far, ()), recipe)
                if left if not self.limit.guided else recipes:
                    self._plans.append(_Plan(chosen, tuple(recipes), left))

    def _sequences(self, role: Role, first: int, left: int) -> Iterator[tuple[Shelf, ...]]:
        if first == len(role.fields):
            yield ()
            return
        for shelf in self._known:
            lengths = {
                slot.length: slot.extra
                for slot in reversed(self.scene.coverer.slots(role, first, shelf.kind))
                if slot.extra <= left
            }
            for length, extra in lengths.items():
                for others in self._sequences(role, first + length, left - extra):
                    yield (shelf, *others)

    def _join_all(self, plan: _Plan, recipes: Sequence[Recipe]) -> Iterator[None]:
        """Combines all values, for recipes whose results are of this level."""
        most = self.level - min(recipe.weight for recipe in recipes)
        for joined in self._joiner.join(plan.shelves, most):
            if joined is not None:
                self._schedule(plan, recipes, *joined)
            yield None

    def _join(self, plan: _Plan, before: dict[int, int], now: dict[int, int]) -> Iterator[None]:
        count = len(plan.shelves)
        for new in range(count):
            spans = []
            for place, shelf in enumerate(plan.shelves):
                old, all_ = before.get(shelf.number, 0), now[shelf.number]
                spans.append((0, old) if place < new else (old, all_) if place == new else (0, all_))
            if all(low < high for low, high in spans):
                first = np.arange(*spans[0], dtype=np.int32)[:, None]
                yield from self._extend(plan, spans, first, plan.shelves[0].cost(slice(*spans[0])))

    def _extend(self, plan: _Plan, spans: list[tuple[int, int]], rows: NDArray[np.int32], cost: Cost) -> Iterator[None]:
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
                kept = np.flatnonzero(self._slack(count_uses(union.charges)) <= most)
                if len(kept):
                    joined = np.empty((len(kept), place + 1), np.int32)
                    joined[:, :place] = rows[first[kept]]
                    joined[:, place] = second[kept]
                    yield from self._extend(plan, spans, joined, union.at(kept))
            self.budget.check(self.bank.bytes)
            yield None

    def _schedule(self, plan: _Plan, recipes: Sequence[Recipe], rows: NDArray[np.int32], cost: Cost) -> None:
        uses = count_uses(cost.lanes).astype(np.int32)
        numbers = tuple(shelf.number for shelf in plan.shelves)
        total = uses.sum(axis=1)
        guided = self.limit.guided
        slack = self._slack(count_uses(cost.charges).astype(np.int32) if guided else uses)
        for recipe in recipes:
            mine = uses[:, recipe.role.region]
            extra = recipe.weight - 1
            if guided:
                fine = (slack + 1 <= self.limit.slack) & (slack + recipe.weight <= self.limit.slack + GLUE)
            else:
                fine = (slack + extra + (mine > 0) <= self.limit.slack) & (mine < self.limit.cap)
                fine &= total + recipe.weight == self.level
            if not fine.any():
                continue
            chosen, levels = rows[fine], total[fine] + recipe.weight
            for level in np.unique(levels).tolist():
                bucket = self._pending.setdefault(level, {})
                key = (recipe, numbers)
                pending = bucket.get(key)
                if pending is None:
                    pending = bucket[key] = _Pending(recipe, plan.shelves, [])
                pending.rows.append(chosen[levels == level])
