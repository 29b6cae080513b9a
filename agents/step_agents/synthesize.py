"""Synthesising one operator: proposer → guardian → static and functional check → experience.

The one entry that the editor, the command line and others use.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from step.sandbox import Sandbox
from step.source import OperatorSource, read

from step_agents.errors import ProposerError
from step_agents.experience import ExperienceBuffer
from step_agents.faults import Fault, faults_in
from step_agents.grafting import graft
from step_agents.ledger import Ledger
from step_agents.mending import Mender
from step_agents.models.base import Access
from step_agents.placing import misplaced, place_body, written_body
from step_agents.planning import plan
from step_agents.proposers import create
from step_agents.proposers.asking import ask
from step_agents.proposers.base import Feedback, Progress, Proposal, Proposer, Request, Runner, Settings, silent
from step_agents.proposers.model import ModelProposer
from step_agents.reading import read_candidate
from step_agents.recall import translate
from step_agents.record_keeping import Keeper
from step_agents.synthesis import Synthesis, SynthesisRequest
from step_agents.task import Task, TaskError
from step_agents.task_source import task_of
from step_agents.trying import Trial, cleaned, try_body, try_nearby
from step_agents.unmendable import FUNCTION_FAILS, absent_at_run_time, declared_wrongly, outside_told, undecorated
from step_agents.unmendable import told as told_at
from step_agents.usage import Usage

__all__ = ["Synthesis", "SynthesisRequest", "synthesize"]

NEARBY_SECONDS = 10.0
"""Seconds in which a repair looks for a single change of what is there, before it asks for a whole body."""
NEARBY_SHARE = 0.3
"""The share of the budget that this may take."""


async def synthesize(
    request: SynthesisRequest,
    *,
    sandbox: Sandbox,
    experience: ExperienceBuffer | None = None,
    progress: Progress = silent,
    cancel: asyncio.Event | None = None,
    environment: Mapping[str, str] | None = None,
    runner: Runner | None = None,
    parts: int = 1,
    cancelled: Callable[[Synthesis], None] = lambda _: None,
) -> Synthesis:
    """Finds a body for an operator that passes both verifiers.

    Args:
        request: what to synthesise.
        sandbox: where the user's module runs. Calls in it run one after another.
        experience: where verified results are kept and looked up; None for nowhere.
        progress: told in lines for people what happens.
        cancel: when it is set, the work stops at once and the result says ``cancelled``. Cancelling the awaiting task
            stops the work too, and raises as usual; ``cancelled`` is told what it came to until then.
        environment: where keys are looked up; None for the process's own.
        runner: where the search runs; None for the sandbox.
        parts: how many shares of the search run there at the same time.

    Never raises for what can go wrong with models, files or databases: that is in the result.
    """
    task = _Synthesis(request, sandbox, experience, progress, environment, runner, parts)
    work = asyncio.ensure_future(task.run())
    waiter = asyncio.ensure_future((cancel or asyncio.Event()).wait())
    try:
        await asyncio.wait({work, waiter}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        return task.cancelled()
    except asyncio.CancelledError:
        cancelled(task.cancelled())
        raise
    finally:
        for one in (work, waiter):
            one.cancel()
        await asyncio.gather(work, waiter, return_exceptions=True)


class _Synthesis:
    def __init__(
        self,
        request: SynthesisRequest,
        sandbox: Sandbox,
        experience: ExperienceBuffer | None,
        progress: Progress,
        environment: Mapping[str, str] | None,
        runner: Runner | None,
        parts: int,
    ) -> None:
        self.request, self.sandbox, self.progress = request, sandbox, progress
        self.runner, self.parts = runner, parts
        self.environment = os.environ if environment is None else environment
        self.keeper = Keeper(experience)
        self.ledger = Ledger(request)
        self.mender: Mender | None = None
        self.proposer: Proposer | None = None
        self.text = request.text
        self.said: tuple[str, ...] = ()
        self.faults: dict[str, Fault] = {}

    async def run(self) -> Synthesis:
        module = read(self.request.text, self.request.path)
        operator = module.operator(self.request.operator)
        if operator is None:
            known = ", ".join(one.name for one in module.operators) or "none"
            told = f"there is no operator {self.request.operator!r} here; there is {known}"
            return self.ledger.error("SYNTH-OPERATOR", told, self.notices)
        wrong = declared_wrongly(operator)
        if wrong is not None:
            return self.ledger.error(wrong.code, told_at(operator, wrong), self.notices)
        try:
            task = task_of(module, operator)
        except TaskError as error:
            return self.ledger.error("SYNTH-TASK", str(error), self.notices)
        plain = undecorated(operator)
        if plain is not None and self.request.repair:
            return self.ledger.error(plain.code, told_at(operator, plain), self.notices)
        if plain is not None:
            self.said = (told_at(operator, plain),)
        absent = await absent_at_run_time(self.sandbox, self.request, operator, self.ledger.left)
        if absent is not None:
            return self.ledger.error(absent.code, told_at(operator, absent.shift(-operator.line)), self.notices)
        if any(one.code == "STEP-SYNTAX" for one in operator.problems):
            # The module has to load for others to work with it: what does not parse of it is about to be replaced.
            self.text = place_body(self.request.text, operator, "...")
        self.keeper.begin(module, operator, task)
        if self.request.guardian == "model":
            self.mender = Mender([name for name, _ in self.plan()], self.settings)
        try:
            return await self.tries(operator, task)
        finally:
            if self.mender is not None:
                await self.mender.close()

    async def tries(self, operator: OperatorSource, task: Task) -> Synthesis:
        """Proposals until one passes or the budget ends."""
        async with aclosing(self.proposals(operator, task)) as proposals:
            async for proposal in proposals:
                self.ledger.samples += 1
                trial = await self.attempt(operator, task, proposal)
                if trial is not None and trial.passed:
                    return await self.solved(operator, proposal, trial)
                if trial is not None and trial.outside is not None:
                    return self.ledger.error(trial.outside.code, outside_told(trial.outside), self.notices)
                if trial is not None and trial.fault is not None and proposal.proposer == "guardian":
                    return self.ledger.error(FUNCTION_FAILS, trial.fault, self.notices)
                if self.ledger.left <= 0:
                    break
        return self.unsolved()

    async def proposals(self, operator: OperatorSource, task: Task) -> AsyncGenerator[Proposal, None]:
        """What is tried, in order, as long as there is time."""
        feedback: tuple[Feedback, ...] = ()
        written = written_body(operator)
        if self.request.repair and written:
            self.progress("looking at what is there")
            yield Proposal(written, "guardian")
            if self.ledger.own is not None:
                feedback = (self.ledger.own.feedback,)
        if self.request.use_experience:
            async for body, model in self.remembered(operator, task):
                yield Proposal(body, "experience", model)
        self.ledger.samples = 0
        for name, seconds in self.plan():
            try:
                proposer = create(name, replace(self.settings(name), options=await self.options(name)))
            except ProposerError as error:
                self.ledger.failed(error)
                continue
            self.proposer = proposer
            try:
                async with aclosing(self.ask(proposer, task, seconds, feedback)) as asked:
                    async for proposal in asked:
                        yield proposal
            except ProposerError as error:
                self.ledger.failed(error)
            finally:
                await proposer.close()

    async def ask(
        self, proposer: Proposer, task: Task, seconds: float, feedback: tuple[Feedback, ...]
    ) -> AsyncGenerator[Proposal, None]:
        """One proposer's tries: a model is shown what the verifier says; the search goes on with another seed."""
        ends = time.monotonic() + seconds
        demonstrations = await self.keeper.demonstrations(task) if proposer.model else ()
        for index in range(self.request.retries + 1):
            left = min(ends, self.ledger.started + self.request.budget) - time.monotonic()
            if left <= 0:
                return
            before = self.ledger.nearest
            proposal = await ask(
                proposer,
                Request(
                    self.text,
                    self.request.path,
                    self.request.operator,
                    task,
                    left,
                    self.request.seed + index,
                    index,
                    None,
                    demonstrations,
                    feedback,
                ),
                self.progress,
            )
            self.ledger.usage += proposal.usage
            self.ledger.candidates += proposal.candidates
            self.faults = {**self.faults, **{one.function: one for one in faults_in(proposal.details)}}
            if proposal.body is None:
                self.ledger.samples += 1  # an answer without a body is a failed sample; it does not vanish
                self.ledger.failures.append(proposal.message or f"{proposer.name} found nothing")
                if proposal.nearest is not None and self.ledger.nearest is None:
                    self.ledger.nearest = Trial(proposal.nearest, (), None, ())
                if proposer.model is None:
                    return
                continue
            yield proposal
            if self.ledger.nearest is not None and self.ledger.nearest is not before and proposer.model:
                feedback = (self.ledger.nearest.feedback,)

    async def remembered(self, operator: OperatorSource, task: Task) -> AsyncGenerator[tuple[str, str | None], None]:
        """Bodies that experience knows for this very task, under this operator's names."""
        for one in await self.keeper.known(task):
            body = translate(one, task, operator)
            if body is not None:
                self.progress("trying what experience knows")
                yield body, one.model

    def plan(self) -> list[tuple[str, float]]:
        return plan(self.request, self.ledger.left, self.environment)

    async def options(self, name: str) -> Mapping[str, Any]:
        prior = await self.keeper.prior() if name == "search" and self.request.prior else None
        return {} if prior is None else {"prior": prior}

    def settings(self, name: str) -> Settings:
        return Settings(
            runner=self.runner or self.sandbox,
            parts=self.parts,
            model=self.request.model if name != "search" else None,
            access=Access(
                self.environment,
                self.request.base_url if name == "openai" else None,
                timeout=self.request.budget,
            ),
        )

    async def attempt(self, operator: OperatorSource, task: Task, proposal: Proposal) -> Trial | None:
        if proposal.body is None:
            return None
        self.progress(f"checking what {proposal.proposer} proposes")
        own = proposal.proposer == "guardian"
        trial = await self.try_one(operator, proposal.body, words=own)
        if trial.outside is not None:
            return trial
        if own and not trial.passed and trial.fault is None:
            trial = await self.nearby(operator, proposal.body) or trial
        if self.mender is not None and not trial.passed and not trial.proposed_right and trial.fault is None:
            self.progress("asking the guardian's model")
            trial, paid = await self.mender.mend(
                operator, task, proposal.body, trial, self.ledger.left, lambda body: self.try_one(operator, body)
            )
            self.ledger.usage += paid
        if not trial.passed:
            if own:
                self.ledger.own = trial
            else:
                self.ledger.nearest = trial
            self.ledger.failures.append(f"{proposal.proposer}: {trial.message}")
        return trial

    async def try_one(self, operator: OperatorSource, body: str, *, words: bool = False) -> Trial:
        """Guardian and verifiers on one body."""
        return await try_body(
            self.sandbox,
            self.text,
            self.request.path,
            operator,
            body,
            timeout=self.request.check_timeout,
            seconds=self.ledger.left,
            guard=self.request.guardian != "none",
            words=words,
        )

    async def nearby(self, operator: OperatorSource, body: str) -> Trial | None:
        """What differs from a person's body in one thing, and passes."""
        if self.request.guardian == "none" or self.ledger.left <= 0:
            return None
        return await try_nearby(
            self.sandbox,
            self.text,
            self.request.path,
            operator,
            body,
            seconds=min(NEARBY_SECONDS, self.ledger.left * NEARBY_SHARE),
            timeout=self.request.check_timeout,
            progress=self.progress,
        )

    async def solved(self, operator: OperatorSource, proposal: Proposal, trial: Trial) -> Synthesis:
        body, written = trial.body, written_body(operator)
        if written and not trial.fixes:  # the places of fixes count the lines of the body that was tried
            body = await asyncio.to_thread(graft, operator, cleaned(written), trial.body)
        text = place_body(self.request.text, operator, body)
        wrong = misplaced(
            text, self.request.path, operator.name, trial.program or read_candidate(operator, body).program
        )
        if wrong is not None:
            return self.ledger.error("SYNTH-PLACE", f"nothing was changed: {wrong}", self.notices)
        found = self.ledger.solved(proposal, body, text, trial.fixes)
        kept = await self.keeper.keep(
            found,
            trial,
            samples=max(1, self.ledger.samples),
            prompt_version=proposal.prompt_version,
            source=self.request.source,
        )
        unused = (one for name, one in self.faults.items() if not re.search(rf"\b{re.escape(name)}\b", body))
        worked_around = tuple(f"{one}; the body does without it" for one in unused)
        return replace(found, experience=kept, notices=(*self.notices, *worked_around))

    def unsolved(self) -> Synthesis:
        """Nothing passed; a function that always fails may be why."""
        found = self.ledger.unsolved(self.notices)
        told = tuple(str(one) for one in self.faults.values() if str(one) not in found.message)
        code = found.code or next((one.code for one in self.faults.values()), None)
        return replace(found, code=code, notices=(*found.notices, *told))

    def cancelled(self) -> Synthesis:
        """What it came to until now, for who waits no longer. Requests under way are counted as given up."""
        asked = self.proposer.under_way if isinstance(self.proposer, ModelProposer) else Usage()
        return self.ledger.cancelled(asked + (self.mender.under_way if self.mender else Usage()), self.notices)

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know: of the database, and of a guardian that was left out."""
        return (*self.said, *self.keeper.notices, *(self.mender.notices if self.mender else ()))
