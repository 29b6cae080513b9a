"""What is enumerated, and about what."""

from __future__ import annotations

from dataclasses import dataclass, replace

from step_agents.proposers.search.cover import Coverer
from step_agents.proposers.search.evaluate import Arrays, Evaluator
from step_agents.proposers.search.goals import Goal
from step_agents.proposers.search.hints import Hints
from step_agents.proposers.search.kinds import Kind
from step_agents.proposers.search.roles import Role


@dataclass(frozen=True, slots=True)
class Limit:
    """What is enumerated: slack and uses of one function up to a bound, or (``guided``) steps off the reference's
    path up to a bound. On the path is what the reference computes; nearly, too, unless ``exact``."""

    slack: int
    cap: int
    guided: bool = False
    exact: bool = False

    @property
    def twin(self) -> Limit | None:
        """Of a limit that also follows what is nearly on the path, the one that does not: as long as that meets no such
        thing, both do the same."""
        return replace(self, exact=True) if self.guided and not self.exact else None

    def __str__(self) -> str:
        if not self.guided:
            return f"slack {self.slack}, uses {self.cap}"
        return f"guided {self.slack}" + (", exact" if self.exact else "")


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """What a search is about: how to evaluate, what may be applied (to what in one order only: ``symmetric``), what is
    given and what is wanted."""

    evaluator: Evaluator
    roles: tuple[Role, ...]
    regions: int
    coverer: Coverer
    inputs: tuple[tuple[Kind, Arrays], ...]
    goals: tuple[tuple[Goal, ...], ...]
    hints: Hints
    seed: int
    symmetric: frozenset[Role] = frozenset()
