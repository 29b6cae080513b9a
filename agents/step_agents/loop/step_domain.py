"""Operators as a domain: a body is read, guarded and verified; programs are compared as graphs."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from step.program import Program
from step.source import OperatorSource, read

from step_agents.loop.domain import Judged, Sample
from step_agents.normal import groups
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
