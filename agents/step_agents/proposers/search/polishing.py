"""Polishing: after the first program, for a while, shorter ones and such that are less work."""

from __future__ import annotations

from collections.abc import Sequence

from step_agents.proposers.search.best import VARIANTS, Best, Find
from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.guided import GLUE
from step_agents.proposers.search.limits import Limit
from step_agents.proposers.search.schedule import Entry
from step_agents.proposers.search.terms import Term, steps_of, variants, weight_of
from step_agents.proposers.search.work import work_of_terms

POLISH_SHARE = 0.3
POLISH_MOST = 2.0
"""After a program is found, shorter ones are looked for: this share of the work so far, and at most so
many nominal seconds (:attr:`.budget.Budget.work`)."""
POLISH_ODD = 1.6
"""At least so many, if a step of the program is an unusual one: then one step more off the reference's path is looked
at."""
SETTLE_MOST = 0.1
"""Nominal seconds for what is as short as the first program and may be less work."""


def settle(best: Best, find: Find, budget: Budget) -> None:
    """Ends the level that the first program is of, as far as its outputs are concerned: what is found later on it
    is as short, and may be less work."""
    until = budget.work + SETTLE_MOST
    others = []
    for found in find.stage.enumeration.rest_of_level():
        if found is not None:
            others.append(Find(find.setting, find.stage, found))
        if budget.work >= until:
            break
    for one in (find, *others):
        lighten(best, one)


def lighten(best: Best, find: Find) -> None:
    """Takes the ways to make what was found that are the least work, if a program of them is no longer; of those of
    as much work the shortest."""
    assert best.solution is not None
    sizes = find.setting.subject.problem.sizes

    def measure(terms: Sequence[Term]) -> tuple[int, int]:
        return weight_of(terms), work_of_terms(terms, sizes)

    for terms in variants(find.stage.enumeration.bank, find.found.values, VARIANTS, measure):
        if work_of_terms(terms, sizes) > best.solution.work:
            continue
        solution = best.lowered(find, terms)
        if solution is not None and solution.rank < best.solution.rank:
            best.keep(find, solution)


def deadline_after_first(best: Best, find: Find, budget: Budget) -> float:
    """Until when shorter programs than the first are looked for, in the budget's nominal seconds."""
    assert best.solution is not None
    odd = POLISH_ODD if find.stage.entry.limit.guided and is_odd(best.solution.terms) else 0.0
    return budget.work + min(POLISH_MOST, max(POLISH_SHARE * budget.work, odd))


def straighter(best: Best) -> Entry | None:
    """The stage that looks for a way without the unusual steps of what a guided stage found, if it has any: the
    reference may take a detour."""
    assert best.solution is not None and best.origin is not None
    limit = best.origin.stage.entry.limit
    if not limit.guided or not is_odd(best.solution.terms):
        return None
    return Entry(Limit(limit.slack + 1, limit.cap, guided=True, exact=True), 0, POLISH_ODD)


def is_odd(terms: Sequence[Term]) -> bool:
    """Whether a step has glue that a person would hardly write (a Repeat inside a buffer, a shape that nothing has),
    and it may go without: some function is used twice."""
    recipes = [one.recipe for one in steps_of(terms) if one.recipe is not None]
    regions = {recipe.role.region for recipe in recipes}
    return len(regions) < len(recipes) and any(recipe.weight > GLUE for recipe in recipes)
