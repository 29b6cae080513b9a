"""The schedule: which limits are tried, when, for how long.

Most operators fall to the first stage within milliseconds; a stage that does not end soon is put aside and goes on in
the next round, with twice the time. So no stage has to be chosen by hand, and a hard task still gets all the time
there is for every idea.
"""

from __future__ import annotations

from dataclasses import dataclass

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.enumerate import Enumeration
from step_agents.proposers.search.guided import Guided
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.systematic import Systematic


def enumeration(scene: Scene, limit: Limit, budget: Budget, prior: Prior | None = None) -> Enumeration:
    """What enumerates the values of a limit."""
    return (Guided if limit.guided else Systematic)(scene, limit, budget, prior)


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage: its limit, the round in which it starts, and its share of the first round, in nominal
    seconds (:attr:`.budget.Budget.work`)."""

    limit: Limit
    start: int
    seconds: float


PLAIN = (
    Entry(Limit(0, 1), 0, 0.15),
    Entry(Limit(1, 1, guided=True, exact=True), 0, 0.8),
    Entry(Limit(1, 1, guided=True), 0, 0.4),
    Entry(Limit(2, 1, guided=True, exact=True), 0, 0.4),
    Entry(Limit(2, 1, guided=True), 0, 0.4),
    Entry(Limit(0, 1), 0, 0.8),
    Entry(Limit(2, 1), 0, 0.3),
    Entry(Limit(3, 1, guided=True, exact=True), 0, 0.4),
    Entry(Limit(3, 1, guided=True), 0, 0.4),
    Entry(Limit(1, 2), 1, 0.4),
    Entry(Limit(2, 2), 1, 0.4),
    Entry(Limit(4, 1, guided=True, exact=True), 1, 0.4),
    Entry(Limit(4, 1, guided=True), 2, 0.4),
    Entry(Limit(3, 3), 2, 0.3),
    Entry(Limit(4, 2), 2, 0.3),
    Entry(Limit(5, 1, guided=True, exact=True), 3, 0.3),
    Entry(Limit(5, 1, guided=True), 3, 0.3),
    Entry(Limit(6, 3), 3, 0.2),
)
"""The stages of one setting."""
