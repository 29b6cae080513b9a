"""What a proposer is: it is given an operator's task and proposes bodies. It never runs what it proposes.

A proposer is one module of this package (or a package, as ``search``) with a function ``create(settings) -> Proposer``;
:func:`step_agents.proposers.create` finds it by its name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from step_agents.errors import ProposerError
from step_agents.models.base import Access
from step_agents.usage import Usage

if TYPE_CHECKING:
    from step_agents.task import Task

__all__ = [
    "Demonstration",
    "Feedback",
    "Progress",
    "Proposal",
    "Proposer",
    "ProposerError",
    "Request",
    "Runner",
    "Settings",
    "Usage",
    "silent",
]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A solved task shown to a model: its structural IR and the body that passed."""

    task: Task
    body: str
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """One operator to propose a body for.

    ``text`` and ``path`` are the user's module (the search runs its functions in the child process), ``operator`` the
    operator's name in it. ``feedback`` holds an earlier body and the verifier's diagnostics on a retry. ``seconds``
    is the time the proposer may take; ``index`` tells samples of one task apart.
    """

    text: str
    path: str
    operator: str
    task: Task
    seconds: float = 60.0
    seed: int = 0
    index: int = 0
    temperature: float | None = None
    demonstrations: tuple[Demonstration, ...] = ()
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True)
class Feedback:
    """A body that failed, and why, as text for the next try."""

    body: str
    diagnostics: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed body: text, to be read as data.

    ``body`` is None where the proposer gave up (``message`` says why). ``candidates`` is how many programs were
    looked at to find it; ``answer`` is a model's whole answer. ``distance`` tells how near the best candidate came
    where nothing was found (0 is right), ``nearest`` is its body.
    """

    body: str | None
    proposer: str
    model: str | None = None
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    candidates: int = 0
    message: str = ""
    answer: str = ""
    prompt_version: str | None = None
    nearest: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


Progress = Callable[[str], None]
"""Receives a line for people: ``round 3 · 1,204 candidates · best: 2 of 3 outputs``."""


def silent(_: str) -> None:
    """Progress that nobody watches."""


class Proposer(Protocol):
    """Proposes a body. Cancelling the task that awaits :meth:`propose` stops the work at once."""

    @property
    def name(self) -> str:
        """``search``, ``anthropic``, ``openai`` …"""

    @property
    def model(self) -> str | None:
        """The model it asks; None for one that asks none."""

    def propose(self, request: Request, progress: Progress = silent) -> Awaitable[Proposal]:
        """One proposal.

        Raises:
            ProposerError: it cannot work (no key, no network, a refused request …); the message says what to do.
        """

    def close(self) -> Awaitable[None]:
        """Gives back connections."""


class Runner(Protocol):
    """Runs a service in a child process: a :class:`step.sandbox.Sandbox`, or workers of a campaign."""

    def call(
        self,
        service: str,
        params: dict[str, Any],
        *,
        timeout: float,
        progress: Callable[[dict[str, Any]], None] | None = None,
    ) -> Awaitable[dict[str, Any]]:
        """The service's result. Cancelling stops the child."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What proposers are made from.

    ``runner`` is where the search runs, in ``parts`` at the same time, with ``options`` of its own. ``model`` None is
    the proposer's own choice; ``access`` says how its service is asked.
    """

    runner: Runner | None = None
    parts: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    access: Access = field(default_factory=Access)
    prompt_version: str = "v1"
