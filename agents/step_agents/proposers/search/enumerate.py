"""Enumeration: all values that can be made within a limit, first what short programs can be made of.

The machinery that both kinds of limit share: the bank, evaluating what a level holds, keeping what is new, and which
recipes take values of which shelves. Which combinations are worth computing, and when, is said by :mod:`.systematic`
and :mod:`.guided`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.evaluate import Array, Arrays
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.meeting import Found, Meeting, Nearest
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.roles import Role
from step_agents.proposers.search.symmetry import in_order
from step_agents.proposers.search.values import (
    Bank,
    Cost,
    Shelf,
    Way,
    keys_of,
    usable,
)
from step_agents.proposers.search.work import work_of

NUMBERS = 1 << 18
"""Numbers that one batched call computes."""


@dataclass(eq=False, slots=True)
class Plan:
    """The recipes for values of given shelves, of all roles that take the same fields."""

    shelves: tuple[Shelf, ...]
    recipes: tuple[Recipe, ...]
    left: dict[int, tuple[Recipe, ...]]
    """Those whose result is so far from an output (:class:`.reach.Reach`); of a guided search none."""


@dataclass(eq=False, slots=True)
class Pending:
    """Values that a recipe is still to be applied to."""

    recipe: Recipe
    shelves: tuple[Shelf, ...]
    rows: list[NDArray[np.int32]]


class Enumeration:
    """One run under one limit. :meth:`run` gives None now and then, and each new way to meet all goals."""

    _glue = 1
    """What the glue of one step may cost beyond the limit."""
    _tolerance = 0
    """Ways to make a value that come so many levels after the first are remembered, too."""

    def __init__(self, scene: Scene, limit: Limit, budget: Budget, prior: Prior | None = None) -> None:
        self.scene, self.limit, self.budget, self.prior = scene, limit, budget, prior
        self.bank = Bank(scene.evaluator.sizes, scene.regions, scene.seed, limit.guided)
        self._random = np.random.default_rng([scene.seed, 0x1A2E5])
        self._plans: list[Plan] = []
        self._known: list[Shelf] = []
        self._pending: dict[int, dict[int, Pending]] = {}
        self._meeting = Meeting(scene.goals, self.bank)
        alike: dict[tuple[object, ...], list[Role]] = {}
        for role in scene.roles:
            alike.setdefault((role.fields, role.is_merge), []).append(role)
        self._alike = tuple(alike.values())
        self.level = 0
        self._waiting: list[Pending] = []

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
        yield from self._levels()

    def _levels(self) -> Iterator[Found | None]:
        """Every level in its turn."""
        raise NotImplementedError

    def _evaluate_level(self) -> Iterator[Found | None]:
        self._waiting = self._ordered(self._pending.pop(self.level, {}))
        while self._waiting:
            yield from self._evaluate(self._waiting.pop(0))

    @property
    def length(self) -> int:
        """What the programs that are looked at cost, at most."""
        return self.level

    def is_past(self, weight: int) -> bool:
        """Whether all that is still to come costs more."""
        return self.level > weight

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

    def _ordered(self, bucket: dict[int, Pending]) -> list[Pending]:
        """What is tried at a level, in order: as it came, or the likeliest first."""
        waiting = list(bucket.values())
        prior = self.prior
        if prior is None:
            return waiting

        def likelihood(pending: Pending) -> float:
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

    def _evaluate(self, pending: Pending) -> Iterator[Found | None]:
        rows = pending.rows[0] if len(pending.rows) == 1 else np.concatenate(pending.rows)
        recipe = pending.recipe
        if recipe.role in self.scene.symmetric:
            rows = in_order(recipe, pending.shelves, rows)
        if not len(rows):
            return
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
        met = self._meeting.near(shelf, flat, way)
        free = None
        if recipe is not None:
            cost = self._with_step(cost, recipe)
            free = self._free(shelf, flat, projected)
            if free is not None:
                fine &= free | ~self._ends(cost) | (met if met is not None else False)
        seen: dict[int, int] = {}
        again: list[tuple[int, int]] = []
        kept = np.flatnonzero(fine)
        for index, key in zip(kept.tolist(), keys_of(projected[kept]), strict=True):
            row = shelf.rows.get(key)
            if row is not None:
                self._alternative(int(shelf.ids[row]), way, works, index)
            elif key in seen:
                again.append((index, key))
            else:
                seen[key] = index
        if not seen:
            return
        chosen = np.fromiter(seen.values(), np.int32, len(seen))
        free = None if free is None else free[chosen]
        row = self.bank.add(shelf, arrays, chosen, list(seen), cost, free, self.level, works[chosen])
        self._added(free)
        self.bank.ways.extend([way(index)] for index in seen.values())
        for index, key in again:
            self._alternative(int(shelf.ids[shelf.rows[key]]), way, works, index)
        if met is not None:
            for place in np.flatnonzero(met[chosen]).tolist():
                yield from self._meeting.enter(shelf, row + place)

    def _free(self, shelf: Shelf, flat: Array, projected: Array) -> NDArray[np.bool_] | None:
        """Which of stacked values count nothing against the limit; None if all count."""
        return None

    def _added(self, free: NDArray[np.bool_] | None) -> None:
        """Notes which of new values count nothing."""

    def _ends(self, cost: Cost) -> NDArray[np.bool_]:
        """Which values are of no use to any further step, unless they are free."""
        raise NotImplementedError

    def _alternative(self, value: int, way: Callable[[int], Way], works: Any, index: int) -> None:
        """Remembers another way to make a value, if it costs hardly more."""
        if self.level <= self.bank.level[value] + self._tolerance and not self.bank.enough(value, works[index]):
            self.bank.keep(value, way(index))

    # Costs

    def _with_step(self, cost: Cost, recipe: Recipe) -> Cost:
        """What values cost after one more step, of new random bits."""
        count, region = len(cost.lanes), recipe.role.region
        step = np.zeros_like(cost.lanes)
        words = cost.words.copy()
        step[:, :, region] = np.uint32(1) << self._random.integers(0, 32, (count, 2), dtype=np.uint32)
        self.bank.sketch.add(words, region, self._random)
        charged = step
        for extra in range(1, recipe.weight):
            if extra == self._charge(recipe):
                charged = step.copy()
            step[:, :, -1] |= np.uint32(1) << self._random.integers(0, 32, (count, 2), dtype=np.uint32)
            if extra < self._charge(recipe):
                self.bank.sketch.add(words, self.scene.regions, self._random)
        lanes = cost.lanes | step
        return Cost(lanes, self._charges(cost, charged, lanes), words)

    def _charge(self, recipe: Recipe) -> int:
        """What of a step's weight counts against the limit."""
        return recipe.weight

    def _charges(self, cost: Cost, step: Any, lanes: Any) -> Any:
        """What counts against the limit after one more step."""
        return lanes

    def _cost(self, shelves: Sequence[Shelf], rows: NDArray[np.int32]) -> Cost:
        cost = shelves[0].cost(rows[:, 0])
        for place in range(1, len(shelves)):
            cost = cost.join(shelves[place].cost(rows[:, place]))
        return cost

    # Steps

    def _plan_fresh(self) -> None:
        """Plans for the shelves that were empty until now."""
        fresh = [shelf for shelf in self.bank.shelves if shelf not in self._known and shelf.count]
        if fresh:
            self._known.extend(fresh)
            for roles in self._alike:
                self._plan(roles, fresh)

    def _plan(self, roles: Sequence[Role], fresh: Sequence[Shelf]) -> None:
        limit = self.limit.slack + self._glue
        numbers = {shelf.number for shelf in fresh}
        for chosen in self._sequences(roles[0], 0, limit - 1):
            if any(shelf.number in numbers for shelf in chosen):
                self.budget.typed += 1
                kinds = tuple(shelf.kind for shelf in chosen)
                recipes = [recipe for role in roles for recipe in self.scene.coverer.recipes(role, kinds, limit)]
                plan = self._planned(chosen, recipes)
                if plan is not None:
                    self._plans.append(plan)

    def _planned(self, shelves: tuple[Shelf, ...], recipes: Sequence[Recipe]) -> Plan | None:
        """The plan for values of some shelves; None if nothing comes of them."""
        raise NotImplementedError

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

    def _place(
        self,
        plan: Plan,
        recipes: Sequence[Recipe],
        rows: NDArray[np.int32],
        levels: NDArray[np.int32],
        fine: NDArray[np.bool_],
    ) -> None:
        """Puts combinations that recipes are to be applied to where their level waits."""
        chosen = np.flatnonzero(fine)
        if not len(chosen):
            return
        levels = levels[chosen]
        counts = np.bincount(levels)
        for level in np.flatnonzero(counts).tolist():
            mine = rows[chosen if counts[level] == len(chosen) else chosen[levels == level]]
            bucket = self._pending.setdefault(level, {})
            for recipe in recipes:
                pending = bucket.get(id(recipe))
                if pending is None:
                    pending = bucket[id(recipe)] = Pending(recipe, plan.shelves, [])
                pending.rows.append(mine)
