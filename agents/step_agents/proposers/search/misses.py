"""What came nearest to each output, for the answer to a search that found nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from step.program import Program

from step_agents.proposers.search.enumerate import Enumeration
from step_agents.proposers.search.meeting import Found, Nearest
from step_agents.proposers.search.outcome import Miss
from step_agents.proposers.search.setting import Setting, Stage
from step_agents.proposers.search.terms import Term, term_of

MET = 1e-6
"""Relative: what is off by no more has met its output."""


@dataclass(frozen=True, eq=False)
class _Near:
    nearest: Nearest
    enumeration: Enumeration
    setting: Setting

    @property
    def term(self) -> Term | None:
        assert self.nearest.way is not None
        return term_of(self.enumeration.bank, self.nearest.goal.kind, self.nearest.way)


class Misses:
    """What came nearest to each output, over all stages."""

    def __init__(self) -> None:
        self._near: dict[int, _Near] = {}

    def note(self, setting: Setting, stage: Stage) -> None:
        """Looks at what a stage has by now."""
        for output, nearest in enumerate(stage.enumeration.nearest):
            known = self._near.get(output)
            if nearest.way is not None and (known is None or nearest.gap < known.nearest.gap):
                self._near[output] = _Near(nearest, stage.enumeration, setting)

    def missed(self, outputs: int) -> tuple[Miss, ...]:
        """Those of so many outputs that were not met."""
        misses: list[Miss] = []
        for output in range(outputs):
            near = self._near.get(output)
            if near is None:
                misses.append(Miss(output, math.inf, None))
            elif near.nearest.gap > MET:
                misses.append(Miss(output, near.nearest.gap, near.term))
        return tuple(misses)

    def program(self, outputs: int) -> Program | None:
        """The program of what came nearest to each output, if all of it is of one setting and can be written."""
        near = [self._near[output] for output in range(outputs) if output in self._near]
        if len(near) < outputs or len({id(one.setting.splits) for one in near}) != 1:
            return None
        terms = tuple(term for one in near if (term := one.term) is not None)
        if len(terms) < outputs:
            return None
        return near[-1].setting.lower(Found((), tuple(one.nearest.goal for one in near)), terms)
