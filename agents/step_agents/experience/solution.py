"""The program of an experience: its body, read again in the module that it belongs to."""

from __future__ import annotations

from step.program import Program
from step.source import read

from step_agents.experience.record import Experience
from step_agents.reading import read_candidate


def solution(one: Experience) -> Program | None:
    """The program; None where the module or the body cannot be read as one any more (a recheck finds such)."""
    operator = read(one.module).operator(one.task.operator)
    if operator is None:
        return None
    program = read_candidate(operator, one.body).program
    return program if program.is_complete else None
