"""The offline proposer's service: what runs in the child process, where the user's functions and references may run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from step.program import Program
from step.render.python import body_text
from step.render.spelling import spelling_of
from step.simulate.errors import SimulationError

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.explain import explain
from step_agents.proposers.search.outcome import Outcome
from step_agents.proposers.search.scene import Subject
from step_agents.proposers.search.solver import Solver

MARGIN = 0.3
"""Seconds of a budget that are left for the answer."""
MEMORY_SHARE = 0.6
"""How much of the child's memory the values may take; computing them takes the rest."""


def solve(params: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Searches a body for an operator.

    Args:
        params: ``path``, ``text`` and ``operator`` of the user's module; ``budget_seconds`` (60), ``memory_mib``
            (4096), ``seed`` (0), ``options`` (see :class:`.solver.Solver`).
        report: told four times a second what stage is running, how many candidates were computed, what is best.

    Returns:
        ``status``: "solved", "unsolved" or "error" (the module or its reference is at fault: ``code``, ``message``).
        ``body`` (its lines, indented by four) and ``length``; ``faults``, functions that failed
        (:meth:`step_agents.faults.Fault.to_json`); ``seconds``, ``candidates`` (values computed), ``joined``
        (combinations looked at), ``typed``, ``refuted``, ``stages``. Where it is unsolved: ``reason`` ("time",
        "memory", "exhausted", "missing", "impossible"), ``explanation`` for people, ``nearest`` (a body that is not
        right), ``distance`` (how far off it is), ``misses``.
    """
    seconds = float(params.get("budget_seconds", 60.0))
    margin = min(MARGIN, 0.1 * seconds)
    memory = int(float(params.get("memory_mib", 4096)) * MEMORY_SHARE) << 20
    budget = Budget(seconds - margin, memory)
    solver = Solver(
        str(params["text"]),
        str(params.get("path", "")),
        str(params["operator"]),
        budget,
        int(params.get("seed", 0)),
        params.get("options") or {},
        report,
    )
    try:
        return answer(solver.solve())
    except SimulationError as error:
        return {
            "status": "error",
            "code": error.code,
            "message": error.message + (f" (line {error.span.line + 1})" if error.span is not None else ""),
            "seconds": round(budget.elapsed, 3),
            "candidates": budget.candidates,
        }


def answer(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain data."""
    budget = outcome.budget
    result: dict[str, Any] = {
        "status": "unsolved",
        "body": None,
        "seconds": round(budget.elapsed, 3),
        "candidates": budget.candidates,
        "joined": budget.joined,
        "typed": budget.typed,
        "refuted": outcome.refuted,
        "stages": [
            {
                "setting": one.setting,
                "limit": one.limit,
                "seconds": round(one.seconds, 3),
                "values": one.values,
                "state": one.state,
            }
            for one in outcome.stages
        ],
        "faults": [fault.to_json() for fault in outcome.faults],
    }
    solution, subject = outcome.solution, outcome.subject
    if solution is not None and subject is not None:
        result.update(
            status="solved",
            body=_body(solution.program, subject),
            length=solution.program.length,
            stage=solution.stage,
            first_seconds=round(solution.seconds, 3),
        )
        return result
    gaps = [miss.gap for miss in outcome.misses if math.isfinite(miss.gap)]
    result.update(
        reason=outcome.reason,
        explanation=explain(outcome),
        nearest=_body(outcome.nearest, subject) if outcome.nearest and subject else None,
        distance=max(gaps) if gaps and len(gaps) == len(outcome.misses) else None,
        misses=[
            {"output": miss.output, "gap": miss.gap if math.isfinite(miss.gap) else None, "value": str(miss.term)}
            for miss in outcome.misses
        ],
    )
    return result


def _body(program: Program, subject: Subject) -> str:
    """The program as the lines of the operator's body, indented by four, with the module's own names."""
    return body_text(program, subject.specification, spelling_of(subject.module.environment.scope), "    ")
