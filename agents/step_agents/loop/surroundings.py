"""What the loop asks of its surroundings: a memory to resume from, and a gate that says when to stop."""

from __future__ import annotations

from typing import Literal, Protocol

from step_agents.errors import ProposerError
from step_agents.loop.accounting import Round
from step_agents.loop.domain import A, Draw, Judged, Sample
from step_agents.usage import Usage

Reason = Literal["solved", "exhausted", "budget", "stopped", "error"]


class Stop(Exception):
    """Raised by a gate: no further sample may begin. ``reason`` is "budget" or "stopped"."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


class Memory(Protocol[A]):
    """Remembers samples, so that a resumed run neither samples nor pays anything twice."""

    def recall(self, task: str, draw: Draw) -> tuple[Sample, Judged[A] | None] | None:
        """A sample that was answered before, with its verdict if there is one already."""

    def complete(self, round: int) -> bool:
        """Whether a round was finished before: then what has no answer in it never gets one."""

    def sampled(self, task: str, draw: Draw, sample: Sample) -> None:
        """Keeps an answer, before it is verified."""

    def lost(self, task: str, draw: Draw) -> Usage:
        """What was paid before for tries of a sample that got no answer."""

    def mending(self, task: str, draw: Draw) -> Sample | None:
        """What the guardian answered before; what it cost is in the sample."""

    def mended(self, task: str, draw: Draw, mended: Sample) -> None:
        """Keeps a guardian's answer, before it is verified; what it cost is added to the sample's."""

    def judged(self, task: str, draw: Draw, judged: Judged[A]) -> None:
        """Keeps a verdict."""

    def chosen(self, task: str, draw: Draw) -> None:
        """Notes which answer of a round entered D."""

    def failed(self, task: str, draw: Draw, error: ProposerError) -> None:
        """Notes that there was no answer."""

    def finished(self, round: Round) -> None:
        """Notes that a round is complete."""


class Turns(Protocol):
    """Remembers the turns of a sample that takes several requests, so that none is paid twice."""

    def turn(self, task: str, draw: Draw, number: int) -> Sample | None:
        """What was answered before in that turn, with what it cost."""

    def turned(self, task: str, draw: Draw, number: int, turn: Sample) -> None:
        """Keeps a turn's answer."""


class Gate(Protocol):
    """Says whether another sample may begin."""

    def enter(self) -> None:
        """Takes a place.

        Raises:
            Stop: none is left.
        """

    def leave(self, usage: Usage, *, answered: bool) -> None:
        """Gives it back, with what was spent. A try without an answer is no sample."""

    def spend(self, usage: Usage) -> None:
        """Counts what was spent on a sample after it was answered."""


class OpenGate:
    """A gate without limits."""

    def enter(self) -> None:
        """Always open."""

    def leave(self, usage: Usage, *, answered: bool) -> None:
        """Nothing to count."""

    def spend(self, usage: Usage) -> None:
        """Nothing to count."""
