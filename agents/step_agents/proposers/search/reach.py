"""Reach: how far a kind of value is from an output at least, by types alone.

It orders a systematic search as A* does: what a value costs and what it is still away from an output is at least what a
program with it costs. An estimate must be consistent (no step brings a value nearer by more than it costs), or
combinations would be missed: it is 0 for an output's kind, 1 where one step of cost 1 may give one, else 2; or how many
functions have to be applied to get to an output's element, if that is more.
"""

from __future__ import annotations

from collections.abc import Sequence

from step.dims import Shape
from step.types import ElementType

from step_agents.proposers.search.cover import Coverer, embeddings
from step_agents.proposers.search.kinds import Kind
from step_agents.proposers.search.roles import Role

FARTHEST = 3
"""Estimates are no larger, except for what cannot become an output."""


class Reach:
    """Estimates for one set of outputs. ``left`` gives None for what cannot become an output at all."""

    def __init__(self, roles: Sequence[Role], goals: Sequence[Kind], coverer: Coverer) -> None:
        self._roles, self._coverer = roles, coverer
        self._goals = frozenset(goals)
        self._known: dict[Kind, int | None] = {}
        self._applications = _applications(roles, frozenset(goal.element for goal in goals), coverer)

    def left(self, kind: Kind) -> int | None:
        """What a value of a kind still costs at least until it is part of an output."""
        if kind not in self._known:
            self._known[kind] = self._estimate(kind)
        return self._known[kind]

    def _estimate(self, kind: Kind) -> int | None:
        if kind in self._goals:
            return 0
        applications = self._applications.get(kind.element)
        if applications is None:
            return None
        return min(max(1 if self._is_next(kind) else 2, applications), FARTHEST)

    def _is_next(self, kind: Kind) -> bool:
        """Whether one step of cost 1 may make an output of it, whatever else the step is given."""
        for role in self._roles:
            made = self._coverer.result(role, ())
            for goal in self._goals:
                depth = len(made.dims)
                if role.extra or made.element != goal.element or goal.dims[:depth] != made.dims:
                    continue
                for first in range(len(role.fields)):
                    for slot in self._coverer.slots(role, first, kind):
                        if slot.extra == 0 and self._leaves(role, slot.rest, goal.dims[depth:]):
                            return True
        return False

    def _leaves(self, role: Role, rest: Shape, stream: Shape) -> bool:
        """Whether a step over dimensions that hold ``rest`` may leave those of ``stream``."""
        if embeddings(rest, stream):
            return True
        if role.is_merge or not role.function.is_fold:
            return False
        folded = range(1, len(rest) + 1)
        return any(self._coverer.fold_cost(rest[:n]) == 0 and embeddings(rest[n:], stream) for n in folded)


def _applications(roles: Sequence[Role], goals: frozenset[ElementType], coverer: Coverer) -> dict[ElementType, int]:
    """How many functions lead from an element to an output's, at least; elements that lead to none are left out."""
    found = dict.fromkeys(goals, 0)
    steps: set[tuple[ElementType, ElementType]] = set()
    elements = {field.element for role in roles for field in role.fields}
    elements |= {coverer.result(role, ()).element for role in roles}
    for role in roles:
        result = coverer.result(role, ()).element
        for element in elements:
            if any(coverer.takes(role, first, element) for first in range(len(role.fields))):
                steps.add((element, result))
    for count in range(1, len(elements) + 1):
        for element, result in steps:
            if found.get(result) == count - 1 and element not in found:
                found[element] = count
    return found
