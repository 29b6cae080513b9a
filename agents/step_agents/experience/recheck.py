"""Finding experience that does not hold any more with this version of the language, and setting it aside.

A recheck runs the functions and references that experiences carry, in the sandbox: what a team shares is code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from step.sandbox import Sandbox
from step.source import read

from step_agents.experience.buffer import ExperienceBuffer
from step_agents.experience.record import Experience
from step_agents.placing import place_body
from step_agents.trying import Trial, try_body

_NOT_ITS_FAULT = frozenset({"STEP-INTERPRETER", "STEP-INTERNAL", "STEP-TIMEOUT", "STEP-MEMORY"})


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What a recheck found: ids that hold, that were set aside (with the reason), that were taken back because they
    hold again, and that could not be decided (with the reason)."""

    valid: tuple[str, ...]
    set_aside: tuple[tuple[str, str], ...]
    taken_back: tuple[str, ...]
    undecided: tuple[tuple[str, str], ...]

    @property
    def message(self) -> str:
        """The result in a line."""
        parts = [f"{len(self.valid)} hold", f"{len(self.set_aside)} set aside"]
        if self.taken_back:
            parts.append(f"{len(self.taken_back)} hold again")
        if self.undecided:
            parts.append(f"{len(self.undecided)} could not be decided")
        return ", ".join(parts)


async def recheck(
    buffer: ExperienceBuffer,
    sandbox: Sandbox,
    *,
    only: str | None = None,
    timeout: float = 60.0,
    progress: Callable[[str], None] = lambda _: None,
) -> Rechecked:
    """Verifies every experience again, or ``only`` the one with that id. Nothing is deleted.

    Raises:
        ExperienceError: the database cannot be read or written.
    """
    valid: list[str] = []
    aside: list[tuple[str, str]] = []
    back: list[str] = []
    undecided: list[tuple[str, str]] = []
    known = [one for one in await asyncio.to_thread(buffer.all) if only in (None, one.id)]
    for number, one in enumerate(known, 1):
        progress(f"{number} of {len(known)}: {one.task.operator}")
        verdict = await _verify(one, sandbox, timeout)
        if verdict is None:
            if not one.valid:
                await asyncio.to_thread(buffer.judge, one.id, True)
                back.append(one.id)
            valid.append(one.id)
        elif verdict[0]:
            await asyncio.to_thread(buffer.judge, one.id, False, verdict[1])
            aside.append((one.id, verdict[1]))
        else:
            undecided.append((one.id, verdict[1]))
    return Rechecked(tuple(valid), tuple(aside), tuple(back), tuple(undecided))


def as_module(one: Experience) -> str:
    """The experience as an operator module: the task's module with the body in place."""
    operator = read(one.module).operator(one.task.operator)
    return place_body(one.module, operator, one.body) if operator is not None else one.module


async def _verify(one: Experience, sandbox: Sandbox, timeout: float) -> tuple[bool, str] | None:
    """None if it holds; else whether that is certain, and the reason."""
    operator = read(one.module).operator(one.task.operator)
    if operator is None:
        return True, f"its module has no operator {one.task.operator}"
    trial = await try_body(sandbox, one.module, "experience.py", operator, one.body, timeout=timeout, guard=False)
    if trial.passed:
        return None
    return _is_certain(trial), trial.message


def _is_certain(trial: Trial) -> bool:
    if trial.report is None:
        return True
    return not any(found.code in _NOT_ITS_FAULT for found in trial.report.diagnostics)
