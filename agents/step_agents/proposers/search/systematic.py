"""Systematic enumeration: all values whose program costs at most so much beyond one use of each of its functions.

A second use of a function and glue are such costs. What short programs can be made of comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.enumerate import Enumeration, Plan
from step_agents.proposers.search.joining import Joiner
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.meeting import Found
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.reach import FARTHEST, Reach
from step_agents.proposers.search.values import Cost, Shelf, count_uses


class Systematic(Enumeration):
    """All values within a slack."""

    def __init__(self, scene: Scene, limit: Limit, budget: Budget, prior: Prior | None = None) -> None:
        super().__init__(scene, limit, budget, prior)
        goals = [goal.kind for variants in scene.goals for goal in variants]
        self._reach = Reach(scene.roles, goals, scene.coverer)
        self._joiner = Joiner(self.bank, limit.slack, limit.cap, budget)

    def _levels(self) -> Iterator[Found | None]:
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

    def _planned(self, shelves: tuple[Shelf, ...], recipes: Sequence[Recipe]) -> Plan | None:
        left: dict[int, tuple[Recipe, ...]] = {}
        for recipe in recipes:
            far = self._reach.left(recipe.result)
            if far is not None:
                left[far] = (*left.get(far, ()), recipe)
        return Plan(shelves, tuple(recipes), left) if left else None

    def _join_all(self, plan: Plan, recipes: Sequence[Recipe]) -> Iterator[None]:
        """Combines all values, for recipes whose results are of this level."""
        most = self.level - min(recipe.weight for recipe in recipes)
        for joined in self._joiner.join(plan.shelves, most):
            if joined is not None:
                self._schedule(plan, recipes, *joined)
            yield None

    def _schedule(self, plan: Plan, recipes: Sequence[Recipe], rows: NDArray[np.int32], cost: Cost) -> None:
        uses = count_uses(cost.lanes).astype(np.int32)
        total = uses.sum(axis=1)
        slack = _slack(uses)
        for recipe in recipes:
            mine = uses[:, recipe.role.region]
            fine = (slack + recipe.weight - 1 + (mine > 0) <= self.limit.slack) & (mine < self.limit.cap)
            fine &= total + recipe.weight == self.level
            self._place(plan, (recipe,), rows, total + recipe.weight, fine)


def _slack(uses: Any) -> Any:
    """What programs cost beyond one use a function, from the uses of the regions (n, regions + 1)."""
    own = uses[:, :-1]
    return own.sum(axis=1, dtype=np.int32) - (own > 0).sum(axis=1) + uses[:, -1]
