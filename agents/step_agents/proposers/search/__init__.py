"""The proposer ``search``: type-directed synthesis without a model. How it works is told in ``docs/search.md``.

This side only asks; the search itself (:mod:`.service`) runs where the user's functions may run, in the child process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from step_agents.errors import ProposerError
from step_agents.proposers.base import Progress, Proposal, Request, Runner, Settings, silent
from step_agents.proposers.search.parts import in_parts

__all__ = ["SERVICE", "SearchProposer", "create", "progress_line", "search_call"]

SERVICE = "step_agents.proposers.search.service:solve"
GRACE = 3.0
"""Seconds after its budget in which the child must have answered (it loads the search first, and looks at the clock
between two calls of functions); then it hangs in a user's function or reference."""


def create(settings: Settings) -> SearchProposer:
    """The proposer with these settings.

    Raises:
        ProposerError: there is no child process to run in.
    """
    if settings.runner is None:
        raise ProposerError("SEARCH-RUNNER", "the offline search needs a child process to run functions in")
    return SearchProposer(settings.runner, settings.options, parts=settings.parts)


class SearchProposer:
    """Proposes bodies by searching. Deterministic: the same request gives the same body, if the time suffices."""

    name = "search"
    model: str | None = None

    def __init__(
        self, runner: Runner, options: Mapping[str, Any] | None = None, memory_mib: int = 4096, parts: int = 1
    ) -> None:
        self._runner, self._options, self._memory, self._parts = runner, dict(options or {}), memory_mib, parts

    async def propose(self, request: Request, progress: Progress = silent) -> Proposal:
        """One proposal. Cancelling the task that awaits it kills the search at once.

        Raises:
            ProposerError: the module or its reference is at fault; the message says where.
        """
        params = search_call(request, self._options, self._memory)
        timeout, announce = request.seconds + GRACE, _announcer(progress)
        if self._parts > 1:
            answer = await in_parts(self._runner, SERVICE, params, self._parts, timeout=timeout, progress=announce)
        else:
            answer = await self._runner.call(SERVICE, params, timeout=timeout, progress=announce)
        if answer["status"] == "error":
            raise ProposerError(answer["code"], answer["message"])
        return Proposal(
            body=answer.get("body"),
            proposer=self.name,
            seconds=answer["seconds"],
            candidates=answer["candidates"],
            message=answer.get("explanation", ""),
            nearest=answer.get("nearest"),
            details={key: value for key, value in answer.items() if key not in ("body", "nearest", "explanation")},
        )

    async def close(self) -> None:
        """Nothing to give back: the child belongs to who made it."""


def search_call(request: Request, options: Mapping[str, Any], memory_mib: int = 4096) -> dict[str, Any]:
    """What the service is called with, as plain data: a campaign can send it to any worker."""
    return {
        "path": request.path,
        "text": request.text,
        "operator": request.operator,
        "budget_seconds": request.seconds,
        "memory_mib": memory_mib,
        "seed": request.seed + request.index,
        "options": dict(options),
    }


def progress_line(value: Mapping[str, Any]) -> str:
    """What the search reports, as a line for people: which functions always fail, how large the programs are that it
    makes, how many there were, how long it took."""
    level, outputs = int(value.get("level") or 0), int(value.get("outputs") or 1)
    size = f" of up to {level} primitives" if level > 1 else ""
    if value.get("best") is not None:
        what = f"found a body of {value['best']} primitives, looking for a shorter one …"
    elif str(value.get("stage", "")).startswith("guided"):
        what = f"composing what the reference computes{size} …"
    else:
        what = f"composing every program{size} …"
    parts = [f"{value.get('candidates', 0):,} candidates"]
    if outputs > 1 and value.get("best") is None:
        parts.append(f"{value.get('met', 0)} of {outputs} outputs")
    if value.get("seconds") is not None:
        parts.append(f"{value['seconds']:.1f} s")
    failing = "".join(f"{one}; " for one in value.get("failing") or ())
    return f"{failing}{what} {', '.join(parts)}"


def _announcer(progress: Progress) -> Callable[[dict[str, Any]], None]:
    return lambda value: progress(progress_line(value))
