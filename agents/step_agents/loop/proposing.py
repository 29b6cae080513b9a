"""A proposer as the loop's agents: one sample a call, with turns of repair where they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf

from step_agents.errors import ProposerError
from step_agents.loop.domain import Draw, Sample, Solved
from step_agents.loop.step_domain import Judging, OperatorAnswer, OperatorTask
from step_agents.loop.surroundings import Turns
from step_agents.proposers.asking import ask
from step_agents.proposers.base import Demonstration, Feedback, Proposal, Proposer, Request
from step_agents.usage import Usage


class ProposerAgents:
    """A proposer as the loop's agents.

    ``repairs`` is how often a model is shown what the verifiers say of its answer, and asked again, before the answer
    counts; what all turns cost is the sample's cost. Paper-like runs have none. ``turns`` remembers each answer of a
    model the moment it is there. ``left`` says how many seconds the whole run has left: nobody is waited for longer.
    """

    def __init__(
        self,
        proposer: Proposer,
        seconds: float,
        *,
        repairs: int = 0,
        judging: Judging | None = None,
        turns: Turns | None = None,
        left: Callable[[], float] = lambda: inf,
    ) -> None:
        self._proposer, self._seconds = proposer, seconds
        self._repairs = repairs if proposer.model is not None and judging is not None else 0
        self._judging = judging
        self._turns = turns if proposer.model is not None else None
        self._left = left

    async def sample(
        self, task: OperatorTask, demonstrations: Sequence[Solved[OperatorTask, OperatorAnswer]], draw: Draw
    ) -> Sample:
        """One proposal. A repair that is not answered leaves the answer that was to be repaired.

        Raises:
            ProposerError: there is none.
        """
        shown = tuple(Demonstration(one.task.task, one.answer.body, one.rate) for one in demonstrations)
        request = Request(
            task.text,
            task.path,
            task.operator.name,
            task.task,
            self._seconds,
            draw.seed,
            draw.index,
            draw.temperature,
            shown,
        )
        turns = [await self._turn(task, draw, 0, request)]
        lost = Usage()
        for number in range(1, self._repairs + 1):
            feedback = await self._feedback(task, turns[-1])
            if feedback is None:
                break
            request = replace(request, feedback=(*request.feedback, feedback))
            try:
                turns.append(await self._turn(task, draw, number, request))
            except ProposerError as error:
                if error.fatal:
                    raise
                lost = error.usage
                break
        return replace(
            turns[-1],
            usage=sum((one.usage for one in turns), lost),
            seconds=sum(one.seconds for one in turns),
            candidates=max(turns[-1].candidates, len(turns)),
            proposer=self._proposer.name,
            answer="\n\n---\n\n".join(one.answer for one in turns),
        )

    async def _turn(self, task: OperatorTask, draw: Draw, number: int, request: Request) -> Sample:
        """One answer: the one that was given before, if it was."""
        known = self._turns.turn(task.id, draw, number) if self._turns else None
        if known is not None:
            return known
        made = _sample(await self._ask(request))
        if self._turns:
            self._turns.turned(task.id, draw, number, made)
        return made

    async def _ask(self, request: Request) -> Proposal:
        """One proposal, or none where the run's time ends first: a search that was cut short has not failed."""
        left = max(self._left(), 0.001)
        try:
            proposal = await ask(self._proposer, replace(request, seconds=min(request.seconds, left)))
            if proposal.body is None and left < request.seconds and self._left() <= 0:
                told = "the run's time was over before there was an answer"
                raise ProposerError("CAMPAIGN-TIME", told, fatal=False, usage=proposal.usage)
            return proposal
        except ProposerError as error:
            # What keeps an offline proposer from working is in the task's module: other tasks go on.
            fatal = error.fatal and self._proposer.model is not None
            raise ProposerError(error.code, error.message, fatal=fatal, usage=error.usage) from None

    async def _feedback(self, task: OperatorTask, turn: Sample) -> Feedback | None:
        """What is wrong with an answer; None if nothing is, or there is none to speak of."""
        if turn.text is None or self._judging is None:
            return None
        trial = await self._judging(task, turn.text)
        return None if trial["passed"] else Feedback(turn.text, "\n".join(trial["diagnostics"]))


def _sample(proposal: Proposal) -> Sample:
    return Sample(
        proposal.body,
        proposal.usage,
        proposal.seconds,
        proposal.candidates,
        proposal.message,
        proposal.proposer,
        proposal.model,
        proposal.prompt_version,
        proposal.answer,
    )
