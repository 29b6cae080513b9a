"""Every single mutation of a solution is caught, except those that truly compute the same.

All mutants of the paper's 26 solutions are judged, and a third of the others'; `STEP_ALL_MUTANTS=1` judges all
(about 10,000).
"""

from __future__ import annotations

import os

import pytest
from step.program import Program
from step_agents.benchmark import Task

from tests.benchmark.solutions import ALL, PAPER, solution
from tests.mutation.judge import Judge, Verdict
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.same import SAME


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)
def test_both_verifiers_together_catch_every_mutant(task: Task) -> None:
    judge = Judge(task)
    text = solution(task)
    assert judge.verdict(text) is Verdict.SAME, "the solution itself must pass"
    original = _plain(judge.program(text))
    missed: list[str] = []
    listed = {name for id, name in SAME if id == task.id}
    for number, mutant in enumerate(mutants(text, judge.scope)):
        if number % _every(task) and mutant.name not in listed:
            continue
        verdict = judge.verdict(mutant.text)
        if mutant.name in listed:
            listed.remove(mutant.name)
            if verdict not in (Verdict.SAME, Verdict.AFFINE):
                missed.append(f"{mutant.name} is listed as computing the same, but {verdict.value}")
        elif verdict in (Verdict.SAME, Verdict.AFFINE) and not _explained(mutant, verdict, judge, original):
            missed.append(f"{mutant.name}: {verdict.value}\n{mutant.text}")
    assert not missed, "\n".join(missed)
    assert not listed, f"listed in same.py, but no mutant of this task: {sorted(listed)}"


def _every(task: Task) -> int:
    return 1 if task in PAPER or os.environ.get("STEP_ALL_MUTANTS") else 3


def _explained(mutant: Mutant, verdict: Verdict, judge: Judge, original: object) -> bool:
    """Whether the mutant is the solution itself when Copy (which only the affine rule sees) and Identity are away."""
    is_identity = mutant.kind == "added" and mutant.change.startswith("Identity()")
    if verdict is Verdict.SAME and not is_identity:
        return False
    return _plain(judge.program(mutant.text)) == original


def _plain(program: Program) -> object:
    """The program as expressions over its inputs, without Copy and Identity."""
    values: list[object] = [f"input {place}" for place in range(program.inputs)]
    for node in program.nodes:
        operands = tuple(values[operand] for operand in node.operands)
        for result in range(node.results):
            transparent = node.primitive.name in ("Copy", "Identity")
            values.append(operands[0] if transparent else (str(node.primitive), result, operands))
    return [values[output] for output in program.outputs]
