"""What the search can learn from experience: the prior over which function's values are given to which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from step.program import Program
from step.source import read

from step_agents.experience import Experience
from step_agents.proposers.search.prior import Prior
from step_agents.reading import read_candidate


def learned_prior(experiences: Iterable[Experience]) -> dict[str, Any] | None:
    """The prior of everything that was solved, as the search's option; None where nothing was."""
    programs = list(_programs(experiences))
    return Prior.learn(programs).as_json() if programs else None


def _programs(experiences: Iterable[Experience]) -> Iterator[Program]:
    for one in experiences:
        operator = read(one.module).operator(one.task.operator)
        if operator is None:
            continue
        program = read_candidate(operator, one.body).program
        if program.is_complete:
            yield program
