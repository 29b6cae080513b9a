"""What a search came to: the program that was found, or what was tried and how near it came."""

from __future__ import annotations

from dataclasses import dataclass

from step.program import Program

from step_agents.faults import Fault
from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.missing import Clue
from step_agents.proposers.search.scene import Subject
from step_agents.proposers.search.terms import TRICK, Term, tricks_of


@dataclass(frozen=True, eq=False)
class Solution:
    """A verified program. ``work`` (:mod:`.work`) is that of its steps at the sizes searched on."""

    program: Program
    terms: tuple[Term, ...]
    work: int
    stage: str
    seconds: float

    @property
    def rank(self) -> tuple[int, int, int]:
        """Shorter first (a trick is as bad as some primitives more), then less work, then fewer copies."""
        return self.program.length + TRICK * tricks_of(self.terms), self.work, len(self.program.nodes)


@dataclass
class StageRecord:
    """What one stage did."""

    setting: str
    limit: str
    seconds: float = 0.0
    values: int = 0
    state: str = "started"


@dataclass(frozen=True)
class Miss:
    """An output that no value met: how far off the nearest was (relative), and the nearest, as an expression."""

    output: int
    gap: float
    term: Term | None


@dataclass
class Outcome:
    """What a search came to.

    Attributes:
        reason: "" if it solved, else why it stopped: "time", "memory", "exhausted" or "missing" (``clue`` says what),
            and before anything was tried "impossible" (``proofs`` say why).
        faults: functions that failed on the way.
        clue: what may be missing (:mod:`.missing`).
    """

    solution: Solution | None
    reason: str
    budget: Budget
    stages: list[StageRecord]
    misses: tuple[Miss, ...] = ()
    refuted: int = 0
    nearest: Program | None = None
    subject: Subject | None = None
    faults: tuple[Fault, ...] = ()
    proofs: tuple[str, ...] = ()
    clue: Clue | None = None
