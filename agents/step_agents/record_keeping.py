"""Experience around a synthesis: what is known before, what is kept after. A broken database stops no synthesis."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import step
from step.source import Module, OperatorSource

from step_agents.canonical import canonical, canonical_hash
from step_agents.experience import Experience, ExperienceBuffer, ExperienceError
from step_agents.experience.retrieve import demonstrations
from step_agents.learning import learned_prior
from step_agents.normal import graph_hash
from step_agents.placing import hole_module
from step_agents.proposers.base import Demonstration
from step_agents.synthesis import Synthesis
from step_agents.task import Task
from step_agents.trying import Trial

SHOWN = 6
"""Demonstrations that a model is shown for one operator in the editor."""


class Keeper:
    """Reads and writes experience for one synthesis; what the database cannot do becomes a notice."""

    def __init__(self, buffer: ExperienceBuffer | None) -> None:
        self._buffer = buffer
        self._told: list[str] = []
        self._unread = False
        self._module: Module | None = None
        self._operator: OperatorSource | None = None
        self._task: Task | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know about the database, each thing once."""
        return tuple(dict.fromkeys((*self._told, *(self._buffer.notices if self._buffer else ()))))

    def begin(self, module: Module, operator: OperatorSource, task: Task) -> None:
        """Says which operator it is about."""
        self._module, self._operator, self._task = module, operator, task

    async def known(self, task: Task) -> list[Experience]:
        """What solved this very task before."""
        return await self._read(lambda buffer: buffer.of_task(canonical_hash(task))) or []

    async def prior(self) -> dict[str, Any] | None:
        """What the search can learn from everything that was solved."""
        known = await self._read(lambda buffer: buffer.all(valid_only=True))
        return None if known is None else learned_prior(known)

    async def demonstrations(self, task: Task) -> tuple[Demonstration, ...]:
        """What a model should be shown for a task."""
        return demonstrations(await self._read(lambda buffer: buffer.all(valid_only=True)) or [], task, SHOWN)

    async def _read(self, work: Callable[[ExperienceBuffer], list[Experience]]) -> list[Experience] | None:
        """What is known; None where it cannot be read. Then it is told, and nobody waits for the database again before
        there is something to keep."""
        if self._buffer is None or self._unread:
            return None
        try:
            return await self._reading(self._buffer, work)
        except ExperienceError as error:
            self._unread = True
            locked = error.code == "EXPERIENCE-LOCKED"
            held = f"{self._buffer.where} is held by another program: what it knows was not used"
            self._told.append(held if locked else error.message)
            return None

    async def _reading(
        self, buffer: ExperienceBuffer, work: Callable[[ExperienceBuffer], list[Experience]]
    ) -> list[Experience]:
        """A synthesis is going to write, so a broken file is set aside here already: what can still be read of it is of
        use.

        Raises:
            ExperienceError: the database cannot be read.
        """
        try:
            return await asyncio.to_thread(work, buffer)
        except ExperienceError as error:
            if error.code != "EXPERIENCE-CORRUPT":
                raise
        await asyncio.to_thread(buffer.mend)
        return await asyncio.to_thread(work, buffer)

    async def keep(
        self, found: Synthesis, trial: Trial, *, samples: int, prompt_version: str | None, source: str
    ) -> str | None:
        """Keeps a solved task; the experience's id, or None where it could not be kept."""
        if self._buffer is None or self._module is None or self._operator is None or self._task is None:
            return None
        if found.body is None or trial.program is None or found.proposer == "experience":
            return None
        form = canonical(self._task)
        one = Experience(
            task=self._task,
            task_hash=form.hash,
            body=found.body,
            graph_hash=graph_hash(trial.program, form),
            module=hole_module(self._module, self._operator),
            length=trial.program.length,
            passes=1,
            samples=samples,
            proposer=found.proposer,
            model=found.model,
            prompt_version=prompt_version,
            usage=found.usage,
            seconds=found.seconds,
            candidates=found.candidates,
            fixes=tuple(fix.to_json() for fix in found.fixes),
            source=source,
            tool_version=step.__version__,
        )
        try:
            return (await asyncio.to_thread(self._buffer.add, one)).id
        except ExperienceError as error:
            held = f"{self._buffer.where} is held by another program: this result was not recorded"
            self._told.append(held if error.code == "EXPERIENCE-LOCKED" else error.message)
            return None
