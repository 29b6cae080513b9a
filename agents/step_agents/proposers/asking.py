"""Asking a proposer, whatever happens to the child process that it may work in."""

from __future__ import annotations

import time

from step.sandbox import InterpreterMissing, SandboxError

from step_agents.errors import ProposerError
from step_agents.proposers.base import Progress, Proposal, Proposer, Request, silent


async def ask(proposer: Proposer, request: Request, progress: Progress = silent) -> Proposal:
    """One proposal. A child that hangs, crashes or needs too much memory is an answer without a body.

    Raises:
        ProposerError: the proposer cannot work.
    """
    started = time.monotonic()
    try:
        return await proposer.propose(request, progress)
    except InterpreterMissing as error:
        raise ProposerError("PROPOSER-INTERPRETER", error.message) from None
    except SandboxError as error:
        seconds = time.monotonic() - started
        return Proposal(
            None, proposer.name, proposer.model, seconds=seconds, message=f"{proposer.name}: {error.message}"
        )
