"""What one synthesis has tried and spent until now, and the results that follow from it."""

from __future__ import annotations

import time
from dataclasses import replace

from step_agents.errors import ProposerError
from step_agents.guardian import Fix
from step_agents.proposers.base import Proposal
from step_agents.synthesis import Status, Synthesis, SynthesisRequest
from step_agents.trying import Trial
from step_agents.usage import Usage


class Ledger:
    """Counts samples, candidates, tokens and dollars; remembers the best attempt and why others failed.

    ``own`` is the trial of the body that was there, which is nothing to show to whom it belongs. ``started`` is on the
    monotonic clock, in seconds; ``failures`` are sentences, the last one the latest.
    """

    def __init__(self, request: SynthesisRequest) -> None:
        self._request = request
        self.started = time.monotonic()
        self.usage = Usage()
        self.candidates = 0
        self.samples = 0
        self.nearest: Trial | None = None
        self.own: Trial | None = None
        self.failures: list[str] = []
        self._fatal: str | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds left of the budget."""
        return self._request.budget - self.seconds

    def failed(self, error: ProposerError) -> None:
        """Notes a proposer that cannot work, and what was paid all the same."""
        self._fatal = error.code
        self.usage += error.usage
        self.failures.append(error.message)

    def solved(self, proposal: Proposal, body: str, text: str, fixes: tuple[Fix, ...]) -> Synthesis:
        """A body passed, with these fixes; ``text`` is the module with it in place."""
        found = f"solved by {proposal.model or proposal.proposer}"
        return replace(
            self._result("solved", found),
            proposer=proposal.proposer,
            model=proposal.model,
            body=body,
            program_text=text,
            fixes=fixes,
        )

    def cancelled(self, under_way: Usage, notices: tuple[str, ...]) -> Synthesis:
        """What there is to say when somebody does not want to wait any longer. ``under_way`` is what the requests come
        to that are given up: an estimate, as no service tells it any more."""
        told = "nothing was changed"
        if under_way.total:
            told += f"; {under_way.total:,} of the tokens are an estimate: the request under way was given up"
        cancelled = self._result("cancelled", told)
        return replace(cancelled, usage=cancelled.usage + under_way, notices=notices)

    def unsolved(self, notices: tuple[str, ...]) -> Synthesis:
        """The budget is spent, or nobody has another proposal."""
        tried = self.nearest is not None or self.own is not None
        status: Status = "unsolved" if self.candidates or tried or not self._fatal else "error"
        message = self.failures[-1] if self.failures else "nothing was found within the budget"
        nearest = self.nearest.body if self.nearest else None
        return replace(self.error(self._fatal, message, notices), status=status, nearest=nearest)

    def error(self, code: str | None, message: str, notices: tuple[str, ...]) -> Synthesis:
        """It cannot be done."""
        return replace(
            self._result("error", message),
            proposer=self._request.proposer,
            model=self._request.model,
            code=code,
            notices=notices,
        )

    def _result(self, status: Status, message: str) -> Synthesis:
        request = self._request
        return Synthesis(
            status,
            request.operator,
            seconds=self.seconds,
            candidates=self.candidates,
            usage=self.usage,
            message=message,
            original=request.text,
            path=request.path,
        )
