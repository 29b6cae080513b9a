"""``steplang bench``: the loop over a suite of operators, with workers, budgets and a journal."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import step

from step_agents.benchmark.suite import SuiteError, load_suite
from step_agents.campaign.budget import BudgetGate
from step_agents.campaign.errors import CampaignError
from step_agents.campaign.executor import Workers
from step_agents.campaign.journal import Journal
from step_agents.campaign.journal_file import JOURNAL, kept_budget, run_folder, settings_of
from step_agents.campaign.keeping import keep_solved
from step_agents.campaign.progress import ProgressLine
from step_agents.campaign.request import BenchRequest
from step_agents.campaign.result import BenchResult
from step_agents.campaign.verdicts import Verdicts
from step_agents.experience import ExperienceBuffer
from step_agents.loop.algorithm import LoopSettings, Outcome, improve
from step_agents.loop.proposing import ProposerAgents
from step_agents.loop.step_domain import OperatorAnswer, OperatorDomain, OperatorTask, load_operator
from step_agents.loop.step_guardian import operator_guardian
from step_agents.models.base import Access
from step_agents.models.catalogue import own_file
from step_agents.proposers import create
from step_agents.proposers.base import Proposer, Settings
from step_agents.proposers.model import ModelProposer
from step_agents.task import TaskError


async def bench(
    request: BenchRequest,
    *,
    progress: Callable[[str], None] = lambda _: None,
    stop: asyncio.Event | None = None,
) -> BenchResult:
    """Runs a campaign, or goes on with one.

    ``stop``, once set, ends it gracefully: what is under way is finished and kept. Whatever ends it, even kill -9,
    ``resume`` goes on without sampling or paying anything twice.

    Raises:
        CampaignError: no such suite or run, other settings than the run to resume had, no such cluster.
        ProposerError: the proposer cannot work at all.
    """
    return await _Bench(request, progress, stop or asyncio.Event()).run()


class _Bench:
    def __init__(self, request: BenchRequest, progress: Callable[[str], None], stop: asyncio.Event) -> None:
        self.request, self.progress, self.stop = request, progress, stop
        self.directory = run_folder(request.resume or _new_name(request), request.out)
        self.name = self.directory.name
        if request.resume and not (self.directory / JOURNAL).exists():
            raise CampaignError("CAMPAIGN-RUN", f"there is no run {request.resume} in {self.directory.parent}")
        if request.resume:
            known = settings_of(self.directory / JOURNAL)
            if known:
                budget = request.budget.over(kept_budget(self.directory / JOURNAL))
                self.request = request = replace(request.resuming(known), budget=budget)
        local = request.workers or max(1, (_cpus() + 1) // 2)
        self.workers = Workers(local, request.cluster)
        self.verdicts = Verdicts(self.judge)
        self.notices: list[str] = []

    async def run(self) -> BenchResult:
        tasks = self.tasks()
        validation = _validation(tasks, self.request)
        proposer = create(self.request.proposer, self.settings())
        try:
            self.check(proposer)
            return await self.journalled(tasks, validation, proposer)
        finally:
            await proposer.close()

    async def journalled(
        self, tasks: Sequence[OperatorTask], validation: frozenset[str], proposer: Proposer
    ) -> BenchResult:
        domain = OperatorDomain(self.verdicts)
        journal: Journal[OperatorTask, OperatorAnswer] = Journal(
            self.directory / JOURNAL, domain, {task.id: task for task in tasks}
        )
        try:
            journal.begin(self.request.settings(), {task.id: _digest(task) for task in tasks})
            journal.note("budget", asdict(self.request.budget))
            for task in tasks:
                journal.add_task(task.id, task.group, task.path, task.operator.name, task.id in validation)
            if isinstance(proposer, ModelProposer):
                self.note_prompts(journal, proposer.prompter.digest())
                if not proposer.service.heated and any(one is not None for one in self.request.heats):
                    self.notices.append(f"{proposer.model} takes no temperature: all samples are drawn at its own")
            self.workers.start()
            self.progress(f"run {self.name} in {self.directory}")
            return await self.improve(domain, journal, tasks, validation, proposer)
        finally:
            await self.verdicts.close()
            self.workers.close()
            journal.close()

    def note_prompts(self, journal: Journal[OperatorTask, OperatorAnswer], digest: str) -> None:
        """Keeps which prompts the samples are asked with; a resumed run may have been begun with others."""
        known = journal.value("prompts") or []
        if known and digest != known[-1]:
            self.notices.append(
                "the prompts have changed since the run was begun: its samples are of different prompts"
            )
        if not known or digest != known[-1]:
            journal.note("prompts", [*known, digest])

    def check(self, proposer: Proposer) -> None:
        """Refuses what cannot be kept, before anything is paid.

        Raises:
            CampaignError: a guardian that nobody can be, a budget in dollars where no price is known.
        """
        if self.request.guardian == "model" and proposer.model is None:
            told = f"the guardian 'model' asks the proposer's model, and {proposer.name} has none"
            raise CampaignError("CAMPAIGN-GUARDIAN", told)
        model = proposer.service if isinstance(proposer, ModelProposer) else None
        if self.request.budget.money is not None and model is not None and not model.priced:
            told = f"a budget in dollars cannot be kept: no price of {model.name} is known"
            where = own_file(self.request.environment)
            raise CampaignError("CAMPAIGN-PRICE", f"{told}; tell it in {where}, or set a budget of tokens")

    async def improve(
        self,
        domain: OperatorDomain,
        journal: Journal[OperatorTask, OperatorAnswer],
        tasks: Sequence[OperatorTask],
        validation: frozenset[str],
        proposer: Proposer,
    ) -> BenchResult:
        samples, usage = journal.spent()
        before = float(journal.value("seconds") or 0.0)
        gate = BudgetGate(self.request.budget, samples=samples, usage=usage, seconds=before)
        line = ProgressLine(self.progress, len(tasks), self.request, gate)
        watcher = asyncio.ensure_future(self.watch(gate))
        clock = asyncio.ensure_future(_note_time(journal, gate))
        buffer = ExperienceBuffer(self.request.experience) if self.request.keep_experience else None
        try:
            outcome = await improve(
                domain,
                ProposerAgents(
                    proposer,
                    self.request.allowed,
                    repairs=self.request.repairs,
                    judging=self.verdicts,
                    turns=journal,
                    left=lambda: gate.seconds_left,
                ),
                tasks,
                LoopSettings(
                    self.request.drawn,
                    self.request.heats,
                    self.request.granularity,
                    self.request.seed,
                    self.parallel(proposer),
                    self.request.improve and proposer.model is not None,
                    give_up=max(8, 2 * self.asked_at_once()) if proposer.model else None,
                ),
                guardian=operator_guardian(proposer, self.request.allowed)
                if self.request.guardian == "model"
                else None,
                memory=journal,
                gate=gate,
                validation=validation,
                watch=line.round,
                watch_sample=line.sample,
            )
        finally:
            for one in (watcher, clock):
                one.cancel()
            await asyncio.gather(watcher, clock, return_exceptions=True)
            journal.note("seconds", gate.seconds)
        journal.note("outcome", {"reason": outcome.reason, "message": outcome.message})
        if buffer:
            self.notices += await self.keep(buffer, outcome, proposer)
        return BenchResult(self.name, self.directory, outcome, gate.seconds, gate.left(), tuple(self.notices))

    async def keep(
        self, buffer: ExperienceBuffer, outcome: Outcome[OperatorTask, OperatorAnswer], proposer: Proposer
    ) -> list[str]:
        return await asyncio.to_thread(
            keep_solved,
            buffer,
            outcome,
            run=self.name,
            version=step.__version__,
            proposer=proposer.name,
            model=proposer.model,
            prompt_version=self.request.prompt_version if proposer.model else None,
        )

    async def judge(self, task: OperatorTask, body: str) -> dict[str, Any]:
        """Guardian and verifiers in a worker, on seeds that no proposer sees."""
        return await self.workers.trial(
            {
                "text": task.text,
                "path": task.path,
                "operator": task.operator.name,
                "body": body,
                "timeout": 60.0,
                "seeds": list(_hidden_seeds(self.request.seed, task.id)),
                "guard": self.request.guardian != "none",
            }
        )

    async def watch(self, gate: BudgetGate) -> None:
        await self.stop.wait()
        gate.stop()

    def tasks(self) -> list[OperatorTask]:
        try:
            suite = load_suite(self.request.suite)
            chosen = suite.select(self.request.tasks) if self.request.tasks else suite
            return [load_operator(one.id, one.group, one.path, one.operator) for one in chosen]
        except (SuiteError, TaskError, OSError) as error:
            raise CampaignError("CAMPAIGN-SUITE", str(error)) from None

    def settings(self) -> Settings:
        request = self.request
        return Settings(
            runner=self.workers,
            model=request.model,
            access=Access(
                request.environment, request.base_url, self.asked_at_once(), request.max_tokens, request.allowed
            ),
            prompt_version=request.prompt_version,
        )

    def asked_at_once(self) -> int:
        return self.request.parallel or 8

    def parallel(self, proposer: Proposer) -> int:
        """As many samples at once as there are workers; a model is waited for, so there more may be under way."""
        return self.asked_at_once() if proposer.model else self.workers.count


async def _note_time(journal: Journal[OperatorTask, OperatorAnswer], gate: BudgetGate) -> None:
    """Keeps the time spent now and then, so that a kill forgets no more than some seconds of it."""
    while True:
        await asyncio.sleep(5.0)
        journal.note("seconds", gate.seconds)


def _validation(tasks: Sequence[OperatorTask], request: BenchRequest) -> frozenset[str]:
    count = round(len(tasks) * request.validation)
    generator = random.Random(f"validation:{request.seed}")
    return frozenset(generator.sample(sorted(task.id for task in tasks), count))


def _digest(task: OperatorTask) -> str:
    """What a task is to its answers, names and all: an answer to another one would be judged wrongly."""
    text = json.dumps(task.task.to_json(), sort_keys=True)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _hidden_seeds(seed: int, task: str) -> tuple[int, int]:
    generator = random.Random(f"hidden:{seed}:{task}")
    return generator.randrange(1000, 2**31), generator.randrange(1000, 2**31)


def _new_name(request: BenchRequest) -> str:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{Path(request.suite).name}-{request.proposer}-{secrets.token_hex(2)}"


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
