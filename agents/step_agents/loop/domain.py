"""What the loop knows of its tasks: next to nothing. A domain is a task type, a verifier and a renderer."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from step_agents.usage import Usage

T = TypeVar("T")
A = TypeVar("A")
Asked = TypeVar("Asked", contravariant=True)


@dataclass(frozen=True, slots=True)
class Draw:
    """Which sample it is: of which round, at which temperature, with which seed."""

    round: int
    index: int
    seed: int
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What agents answered. ``text`` is None where they gave up; ``message`` says why."""

    text: str | None
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    candidates: int = 0
    message: str = ""
    proposer: str = ""
    model: str | None = None
    prompt_version: str | None = None
    answer: str = ""


@dataclass(frozen=True)
class Judged(Generic[A]):
    """A sample's verdict: the reward is 1 only if ``passed``.

    ``answer`` is what was verified (perhaps mended by a guardian: ``mended``); ``corrupted`` says that the guardian
    made a right answer wrong. ``details`` is kept for reports.
    """

    passed: bool
    answer: A | None = None
    message: str = ""
    mended: bool = False
    corrupted: bool = False
    details: Any = None


@dataclass(frozen=True)
class Solved(Generic[T, A]):
    """A solved task in D: the chosen answer and the task's success rate when it was solved."""

    task: T
    answer: A
    passes: int
    samples: int

    @property
    def rate(self) -> float:
        """c(x), 0 to 1."""
        return self.passes / self.samples


class Agents(Protocol[Asked]):
    """Who proposes answers."""

    def sample(self, task: Asked, demonstrations: Sequence[Solved[Any, Any]], draw: Draw) -> Awaitable[Sample]:
        """One answer.

        Raises:
            ProposerError: there is none; if it is fatal, the loop stops.
        """


class Guardian(Protocol[Asked, A]):
    """Who mends failed answers by asking somebody; what it gives is verified again, and counts only if it passes."""

    def mend(self, task: Asked, sample: Sample, judged: Judged[A]) -> Awaitable[Sample | None]:
        """Another answer, with what it cost alone; None leaves the answer alone. ``text`` None: none was found.

        Raises:
            ProposerError: nobody answers; if it is fatal, the loop stops.
        """

    def accept(self, task: Asked, sample: Sample, mended: Sample, judged: Judged[A]) -> Judged[A]:
        """The verdict on a mended answer that passed, with what was changed."""


class Domain(Protocol[Asked, A]):
    """Tasks and their verification."""

    @property
    def name(self) -> str:
        """The domain's name."""

    def id(self, task: Asked) -> str:
        """A task's name, unique in a run."""

    def group(self, task: Asked) -> str:
        """The group that reports sum over."""

    def judge(self, task: Asked, sample: Sample) -> Awaitable[Judged[A]]:
        """Verifies an answer. Never raises for what an answer contains."""

    def groups(self, task: Asked, answers: Sequence[A]) -> list[list[int]]:
        """The indices of answers that are the same up to what does not matter (isomorphism)."""

    def length(self, answer: A) -> int:
        """How long an answer is: the shortest is kept."""

    def dump(self, answer: A) -> Any:
        """An answer as JSON values, for the journal."""

    def load(self, task: Asked, values: Any) -> A:
        """The answer that :meth:`dump` wrote."""
