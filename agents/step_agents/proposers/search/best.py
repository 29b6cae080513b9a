"""The best program so far: what meets all goals is lowered and verified, and kept if it is better."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from step.program import Program

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.meeting import Found
from step_agents.proposers.search.outcome import Solution
from step_agents.proposers.search.setting import Setting, Stage
from step_agents.proposers.search.target import Target
from step_agents.proposers.search.terms import Term, extract, variants, weight_of
from step_agents.proposers.search.work import work_of_terms

VARIANTS = 12
"""So many ways to make what was found are lowered, at most."""


@dataclass(frozen=True, eq=False)
class Find:
    """What a stage found, and where."""

    setting: Setting
    stage: Stage
    found: Found


class Best:
    """The best program so far.

    Attributes:
        solution: None until a program is verified.
        origin: what it was made of.
        deadline: the budget's nominal seconds (:attr:`.budget.Budget.work`) up to which better ones are looked for.
    """

    def __init__(self, target: Target, budget: Budget) -> None:
        self._target, self._budget = target, budget
        self._tried: set[Program] = set()
        self.solution: Solution | None = None
        self.origin: Find | None = None
        self.deadline = math.inf

    def consider(self, find: Find, announce: Callable[[], None]) -> Program | None:
        """Lowers and verifies what met all goals; announces each program that is better.

        Returns:
            A program that is wrong though it met them, if none was ever right: the goals are met by coincidence.
        """
        bank, values = find.stage.enumeration.bank, find.found.values
        if self.solution is not None and weight_of(extract(bank, values)) > weight_of(self.solution.terms):
            return None
        verified = False
        for terms in variants(bank, values, VARIANTS):
            solution = self.lowered(find, terms)
            if solution is None or (self.solution is not None and solution.rank >= self.solution.rank):
                continue
            if self.keep(find, solution):
                verified = True
                announce()
            elif not verified and self.solution is None:
                return solution.program
            if self._budget.work > self.deadline:
                return None
        return None

    def lowered(self, find: Find, terms: tuple[Term, ...]) -> Solution | None:
        """A program of these terms, not verified yet; None if there is none, or it was tried."""
        program = find.setting.lower(find.found, terms)
        if program is None or program in self._tried:
            return None
        self._tried.add(program)
        work = work_of_terms(terms, find.setting.subject.problem.sizes)
        return Solution(program, terms, work, find.stage.record.limit, self._budget.elapsed)

    def keep(self, find: Find, solution: Solution) -> bool:
        """Verifies a program, and makes it the best one if it passes."""
        if not self._target.passes(solution.program):
            return False
        self.solution, self.origin = solution, find
        return True
