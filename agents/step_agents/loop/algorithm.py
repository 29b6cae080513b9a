"""Algorithm 1: adaptive self-improvement over any domain.

Hard-earned solutions are shown first; then hard and mixed; then all. Whoever is solved leaves, so that samples go to
the hard ones; after a gain the loop starts anew with the hardest (paper, section 3; 3-self-improvement, "The loop").
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Generic

from step_agents.errors import ProposerError
from step_agents.loop.accounting import Counts, Round, mean_pass_at
from step_agents.loop.domain import A, Agents, Domain, Draw, Guardian, Judged, Sample, Solved, T
from step_agents.loop.mending import mend
from step_agents.loop.outcome import LoopSettings, Outcome
from step_agents.loop.select import select
from step_agents.loop.strata import stratify
from step_agents.loop.surroundings import Gate, Memory, OpenGate, Reason, Stop
from step_agents.usage import Usage

__all__ = ["LoopSettings", "Outcome", "improve"]


async def improve(
    domain: Domain[T, A],
    agents: Agents[T],
    tasks: Sequence[T],
    settings: LoopSettings,
    *,
    guardian: Guardian[T, A] | None = None,
    memory: Memory[A] | None = None,
    gate: Gate | None = None,
    validation: frozenset[str] = frozenset(),
    started_with: Sequence[Solved[T, A]] = (),
    watch: Callable[[Round], None] | None = None,
    watch_sample: Callable[[str, Judged[A] | None], None] | None = None,
) -> Outcome[T, A]:
    """Runs the loop until everything is solved, or all of D was shown and nothing new was solved.

    Args:
        domain: what the tasks are and how answers are verified.
        agents: who answers.
        tasks: X.
        settings: numbers of samples, granularity, seed.
        guardian: is given every failed answer once; None for nobody.
        memory: where samples are remembered; a run over the same memory goes on where it was.
        gate: says when to stop (a budget, a request).
        validation: ids of tasks that are sampled and counted, but never shown as a demonstration.
        started_with: experience to begin with (D is not empty then).
        watch: told every round; ``watch_sample`` every sample's verdict (None: no answer).
    """
    loop = _Loop(
        domain, agents, guardian, list(tasks), settings, memory, gate or OpenGate(), validation, watch, watch_sample
    )
    loop.known.extend(started_with)
    return await loop.run()


@dataclass
class _Loop(Generic[T, A]):
    domain: Domain[T, A]
    agents: Agents[T]
    guardian: Guardian[T, A] | None
    waiting: list[T]
    settings: LoopSettings
    memory: Memory[A] | None
    gate: Gate
    validation: frozenset[str]
    watch: Callable[[Round], None] | None
    watch_sample: Callable[[str, Judged[A] | None], None] | None
    known: list[Solved[T, A]] = field(default_factory=list)
    solved: list[Solved[T, A]] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    counts: dict[str, Counts] = field(default_factory=dict)
    last: dict[str, Counts] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    unanswered: int = 0

    async def run(self) -> Outcome[T, A]:
        for task in self.waiting:
            self.counts[self.domain.id(task)] = self.last[self.domain.id(task)] = Counts()
        try:
            while self.waiting and len(self.rounds) < self.settings.max_rounds:
                if not await self.from_the_hardest():
                    break
        except Stop as stop:
            return self.outcome(stop.reason, stop.message)
        except ProposerError as error:
            return self.outcome("error", error.message)
        if self.waiting:
            return self.outcome("exhausted", "all experience was shown and nothing new was solved")
        return self.outcome("solved", "every task is solved")

    async def from_the_hardest(self) -> bool:
        """Shows the strata one after the other, the hardest first; True as soon as D has grown."""
        strata = stratify(self.known, self.settings.granularity, key=lambda one: one.rate)
        if not self.settings.improve:
            strata = []
        shown: list[Solved[T, A]] = []
        for level in range(max(1, len(strata))):
            shown = [*shown, *(strata[level] if strata else [])]
            before = len(self.known)
            await self.round(level, tuple(map(len, strata)), shown)
            if not self.settings.improve:
                return False
            if len(self.known) > before:
                return True
            if not self.waiting:
                return False
        return False

    async def round(self, level: int, strata: tuple[int, ...], shown: Sequence[Solved[T, A]]) -> None:
        number = len(self.rounds)
        draws = [Draw(number, index, 0, heat) for index, heat in enumerate(self.temperatures())]
        every = [(task, draw) for draw in draws for task in self.waiting]
        verdicts: dict[str, dict[int, Judged[A]]] = {self.domain.id(task): {} for task in self.waiting}
        counts = {self.domain.id(task): Counts() for task in self.waiting}
        stop: list[BaseException] = []
        queue = iter(every)
        replayed = self.memory is not None and self.memory.complete(number)

        async def worker() -> None:
            for task, draw in queue:
                if stop:
                    return
                name = self.domain.id(task)
                lost = self.memory.lost(name, draw) if self.memory else Usage()
                counts[name] += Counts(usage=lost)
                self.usage += lost
                if replayed and self.memory and self.memory.recall(name, draw) is None:
                    counts[name] += Counts(errors=1)
                    continue
                try:
                    sample, judged = await self.one(task, shown, draw)
                except Stop as reason:
                    stop.append(reason)
                    return
                except ProposerError as error:
                    counts[name] += Counts(errors=1, usage=error.usage)
                    self.usage += error.usage
                    self.unanswered += 1
                    if error.fatal or self.unanswered == self.settings.give_up:
                        stop.append(error)
                        return
                    continue
                self.unanswered = 0
                verdicts[name][draw.index] = judged
                counts[name] += _count(sample, judged)
                self.usage += sample.usage

        await _together(worker() for _ in range(max(1, self.settings.parallel)))
        for name, count in counts.items():
            self.counts[name] += count
            if count.samples:
                self.last[name] = count
        if stop:
            # What this round found so far counts as solved; the round itself is not complete.
            self.settle(number, verdicts, counts)
            raise stop[0]
        solved = self.settle(number, verdicts, counts)
        done = Round(
            number,
            level,
            strata,
            tuple(self.domain.id(one.task) for one in shown),
            counts,
            solved,
            len(self.solved),
            mean_pass_at(1, self.last),
            self.usage,
        )
        self.rounds.append(done)
        if self.memory:
            self.memory.finished(done)
        if self.watch:
            self.watch(done)

    async def one(self, task: T, shown: Sequence[Solved[T, A]], draw: Draw) -> tuple[Sample, Judged[A]]:
        name = self.domain.id(task)
        draw = Draw(draw.round, draw.index, _seed(self.settings.seed, name, draw), draw.temperature)
        remembered = self.memory.recall(name, draw) if self.memory else None
        if remembered is not None:
            sample, judged = remembered
        else:
            sample, judged = await self.ask(task, name, shown, draw), None
        if judged is None:
            judged = await self.domain.judge(task, sample)
            if self.guardian is not None:
                sample, judged = await mend(
                    self.domain, self.guardian, task, draw, sample, judged, memory=self.memory, gate=self.gate
                )
            if self.memory:
                self.memory.judged(name, draw, judged)
        if self.watch_sample:
            self.watch_sample(name, judged)
        return sample, judged

    async def ask(self, task: T, name: str, shown: Sequence[Solved[T, A]], draw: Draw) -> Sample:
        self.gate.enter()
        spent = Usage()
        sample: Sample | None = None
        try:
            sample = await self.agents.sample(task, shown, draw)
            spent = sample.usage
        except ProposerError as error:
            spent = error.usage
            if self.memory:
                self.memory.failed(name, draw, error)
            if self.watch_sample:
                self.watch_sample(name, None)
            raise
        finally:
            self.gate.leave(spent, answered=sample is not None)
        if self.memory:
            self.memory.sampled(name, draw, sample)
        return sample

    def settle(
        self, number: int, verdicts: Mapping[str, Mapping[int, Judged[A]]], counts: Mapping[str, Counts]
    ) -> tuple[str, ...]:
        """Moves what was solved from X to D."""
        names: list[str] = []
        for task in list(self.waiting):
            name = self.domain.id(task)
            # In the order of the draws, not of the answers: which one is shown must not hang on who was quicker.
            passing = [
                (index, judged.answer)
                for index, judged in sorted(verdicts[name].items(), key=itemgetter(0))
                if judged.passed and judged.answer is not None
            ]
            if not passing:
                continue
            chosen = select(self.domain, task, [answer for _, answer in passing])
            if self.memory:
                index = next(index for index, answer in passing if answer is chosen)
                self.memory.chosen(name, Draw(number, index, 0))
            solved = Solved(task, chosen, counts[name].passes, counts[name].samples)
            self.waiting.remove(task)
            self.solved.append(solved)
            names.append(name)
            if name not in self.validation:
                self.known.append(solved)
        return tuple(names)

    def temperatures(self) -> list[float | None]:
        """The temperature of each candidate of a round: all of the first, then all of the second …"""
        return [heat for heat in self.settings.temperatures for _ in range(self.settings.samples)]

    def outcome(self, reason: Reason, message: str) -> Outcome[T, A]:
        return Outcome(
            reason, message, tuple(self.solved), tuple(self.waiting), tuple(self.rounds), self.counts, self.last
        )


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Waits for all; if one raises, the others are stopped before that is told."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _count(sample: Sample, judged: Judged[A]) -> Counts:
    return Counts(
        1,
        int(judged.passed),
        0,
        int(judged.mended and judged.passed),
        int(judged.corrupted),
        sample.usage,
        sample.seconds,
        sample.candidates,
    )


def _seed(seed: int, task: str, draw: Draw) -> int:
    """The seed of one sample: the run's, the task's, the round's and the index's together."""
    text = f"{seed}:{task}:{draw.round}:{draw.index}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "big")
