"""Operators as a domain: a body is read, guarded and verified; programs are compared as graphs."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from step.program import Program
from step.source import OperatorSource, read

from step_agents.errors import ProposerError
from step_agents.loop.domain import Draw, Judged, Sample, Solved
from step_agents.normal import groups
from step_agents.proposers.asking import ask
from step_agents.proposers.base import Demonstration, Feedback, Proposal, Proposer, Request
from step_agents.reading import read_candidate
from step_agents.task import Task, TaskError
from step_agents.task_source import task_of


@dataclass(frozen=True)
class OperatorTask:
    """An operator to synthesise: where it is, and its task."""

    id: str
    group: str
    text: str
    path: str
    operator: OperatorSource
    task: Task


@dataclass(frozen=True)
class OperatorAnswer:
    """A verified body, with its program."""

    body: str
    program: Program
    fixes: tuple[dict[str, Any], ...] = ()


def load_operator(id: str, group: str, path: Path, name: str) -> OperatorTask:
    """The task of an operator in a file. Nothing is imported.

    Raises:
        TaskError: there is no such operator, or its declaration cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    module = read(text, str(path))
    operator = module.operator(name)
    if operator is None:
        raise TaskError(f"{path}: there is no operator {name}")
    return OperatorTask(id, group, text, str(path), operator, task_of(module, operator))


class Judging(Protocol):
    """Tries a body somewhere: see :func:`step_agents.trying.try_body`; the trial as JSON values."""

    def __call__(self, task: OperatorTask, body: str) -> Awaitable[dict[str, Any]]:
        """``{passed, body, fixes, message, diagnostics, proposed_right, corrupted}``."""


class OperatorDomain:
    """STeP's tasks. ``judging`` runs guardian and verifiers (in this process's sandbox, or in workers)."""

    name = "step"

    def __init__(self, judging: Judging) -> None:
        self._judging = judging

    def id(self, task: OperatorTask) -> str:
        """The task's id in its suite."""
        return task.id

    def group(self, task: OperatorTask) -> str:
        """The task's group in its suite."""
        return task.group

    async def judge(self, task: OperatorTask, sample: Sample) -> Judged[OperatorAnswer]:
        """Guardian and both verifiers."""
        if sample.text is None:
            return Judged(False, None, sample.message or "no answer")
        trial = await self._judging(task, sample.text)
        if not trial["passed"]:
            corrupted = bool(trial.get("corrupted"))
            return Judged(False, None, trial["message"], corrupted=corrupted, details=_details(trial))
        answer = self.load(task, {"body": trial["body"], "fixes": trial["fixes"]})
        return Judged(True, answer, mended=bool(trial["fixes"]), details=_details(trial))

    def groups(self, task: OperatorTask, answers: Sequence[OperatorAnswer]) -> list[list[int]]:
        """Groups of isomorphic normal graphs."""
        return groups(answer.program for answer in answers)

    def length(self, answer: OperatorAnswer) -> int:
        """Primitives, Copy apart."""
        return answer.program.length

    def dump(self, answer: OperatorAnswer) -> Any:
        """The body and its fixes; the program is read again."""
        return {"body": answer.body, "fixes": list(answer.fixes)}

    def load(self, task: OperatorTask, values: Any) -> OperatorAnswer:
        """The answer of a journal."""
        program = read_candidate(task.operator, values["body"]).program
        return OperatorAnswer(values["body"], program, tuple(values["fixes"]))


def _details(trial: dict[str, Any]) -> dict[str, Any]:
    return {"proposed_right": trial.get("proposed_right", False), "fixes": len(trial.get("fixes", ()))}


class ProposerAgents:
    """A proposer as the loop's agents.

    ``repairs`` is how often a model is shown what the verifiers say of its answer, and asked again, before the answer
    counts; what all turns cost is the sample's cost. Paper-like runs have none.
    """

    def __init__(self, proposer: Proposer, seconds: float, *, repairs: int = 0, judging: Judging | None = None) -> None:
        self._proposer, self._seconds = proposer, seconds
        self._repairs = repairs if proposer.model is not None and judging is not None else 0
        self._judging = judging

    async def sample(
        self, task: OperatorTask, demonstrations: Sequence[Solved[OperatorTask, OperatorAnswer]], draw: Draw
    ) -> Sample:
        """One proposal.

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
        proposal = await self._ask(request)
        usage, seconds, answers = proposal.usage, proposal.seconds, [proposal.answer]
        for _ in range(self._repairs):
            feedback = await self._feedback(task, proposal)
            if feedback is None:
                break
            request = replace(request, feedback=(*request.feedback, feedback))
            proposal = await self._ask(request)
            usage, seconds = usage + proposal.usage, seconds + proposal.seconds
            answers.append(proposal.answer)
        return Sample(
            proposal.body,
            usage,
            seconds,
            max(proposal.candidates, len(answers)),
            proposal.message,
            proposal.proposer,
            proposal.model,
            proposal.prompt_version,
            "\n\n---\n\n".join(answers),
        )

    async def _ask(self, request: Request) -> Proposal:
        try:
            return await ask(self._proposer, request)
        except ProposerError as error:
            # What keeps an offline proposer from working is in the task's module: other tasks go on.
            fatal = error.fatal and self._proposer.model is not None
            raise ProposerError(error.code, error.message, fatal=fatal, usage=error.usage) from None

    async def _feedback(self, task: OperatorTask, proposal: Proposal) -> Feedback | None:
        """What is wrong with an answer; None if nothing is, or there is none to speak of."""
        if proposal.body is None or self._judging is None:
            return None
        trial = await self._judging(task, proposal.body)
        return None if trial["passed"] else Feedback(proposal.body, "\n".join(trial["diagnostics"]))
