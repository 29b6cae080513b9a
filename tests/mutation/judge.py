"""Both verifiers' verdict on a mutant, in this process."""

from __future__ import annotations

from enum import Enum

import numpy as np
from step.check import OperatorCheck, check_operator
from step.choice import Choice
from step.declare import DeclaredFunction
from step.program import Program
from step.simulate.compare import compare
from step.simulate.engine import execute
from step.simulate.errors import SimulationError
from step.simulate.load import load
from step.simulate.problem import Problem, pose
from step.simulate.sizes import assignments
from step.source import ModuleReader
from step_agents.benchmark import Task

from tests.benchmark.solutions import solved
from tests.mutation.mutants import Scope

SEEDS = (0, 1)


class Verdict(Enum):
    """Which verifier caught a mutant, if one did."""

    STATIC = "the static check reports an error"
    WRONG = "the functional check finds a difference, or fails"
    AFFINE = "only the affine rule is broken: the values are the same"
    SAME = "neither verifier finds anything: the mutant computes the same"


class Judge:
    """Verdicts on programs for one task.

    The modules run once for each of two size assignments; a mutant is read as text, checked statically, and executed
    on the data of two seeds for each.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        text = task.path.read_text(encoding="utf-8")
        first = load(text, str(task.path), Choice())
        self.scope = Scope(
            {name: one.function for name, one in first.functions.items()},
            list(first.choice.declared),
            {
                name: [one.function.name for one in value]
                for name, value in first.namespace.items()
                if isinstance(value, list) and value and all(isinstance(one, DeclaredFunction) for one in value)
            },
        )
        self._reader = ModuleReader()
        self._problems: list[Problem] = []
        whole = [dim for _, spec in first.operators[task.operator].specification.inputs for dim in spec.shape]
        for sizes in assignments(first.choice.declared, 2, whole):
            for seed in SEEDS:
                module = load(text, str(task.path), Choice(sizes=sizes, seed=seed))
                self._problems.append(pose(module, module.operators[task.operator], seed))

    def program(self, function_text: str) -> Program:
        """The program of a function text in place of the task's hole."""
        return self._check(function_text).operator.body.program

    def verdict(self, function_text: str) -> Verdict:
        """The verdict on a function text in place of the task's hole."""
        check = self._check(function_text)
        errors = {one.code for one in check.diagnostics if one.severity == "error"}
        if errors - {"STEP-AFFINE"} or not check.operator.body.program.is_complete:
            return Verdict.STATIC
        if not all(_is_equal(problem, check) for problem in self._problems):
            return Verdict.WRONG
        return Verdict.AFFINE if errors else Verdict.SAME

    def _check(self, function_text: str) -> OperatorCheck:
        operator = self._reader.read(solved(self.task, function_text)).operator(self.task.operator)
        assert operator is not None
        return check_operator(operator)


def _is_equal(problem: Problem, check: OperatorCheck) -> bool:
    program = check.operator.body.program
    try:
        with np.errstate(all="ignore"):
            execution = execute(program, problem.inputs, problem.functions, typing=check.typing)
    except SimulationError:
        return False
    return compare(problem.expected, execution.outputs).is_equal
