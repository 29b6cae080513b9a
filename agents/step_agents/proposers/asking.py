"""Asking a proposer, whatever happens to the child process that it may work in."""

from __future__ import annotations

import time

from step.sandbox import ChildCrashed, ChildTimeout, InterpreterMissing, SandboxError
from step.simulate.checking import place_of, running_reference

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
        message = f"{proposer.name}: {_told(error, request)}"
        return Proposal(None, proposer.name, proposer.model, seconds=seconds, message=message)


def _told(error: SandboxError, request: Request) -> str:
    """What happened to the child, and in which line of the user's module it was."""
    _, where = place_of(error.frames, request.path, request.text)
    reference = running_reference(error.frames, request.path, request.text, request.operator)
    match error:
        case ChildTimeout() if reference:
            limit = max(round(request.seconds, 1), 0.1)
            return f"the reference `{reference}` takes longer than {limit:g} s: it was {where}: does that end?"
        case ChildTimeout() if where:
            return f"{error.message}; it was {where}: does that come to an end?"
        case ChildCrashed() if (error.exit_code or 0) >= 0:
            return f"the module ended the process: {error.message}" + (f", {where}" if where else "")
        case _:
            return error.message + (f", {where}" if where else "")
