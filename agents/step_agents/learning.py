"""What the search can learn from experience: the prior over which function's values are given to which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from step_agents.experience import Experience
from step_agents.experience.solution import solution
from step_agents.proposers.search.prior import Prior


def learned_prior(experiences: Iterable[Experience]) -> dict[str, Any] | None:
    """The prior of everything that was solved, as the search's option; None where nothing was."""
    programs = [one for one in map(solution, experiences) if one is not None]
    return Prior.learn(programs).as_json() if programs else None
