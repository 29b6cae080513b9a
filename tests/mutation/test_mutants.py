"""The generator makes the mutations that it promises, one place at a time."""

from __future__ import annotations

import ast
import difflib

import pytest
from step import Buffer, f32
from step.function import Function
from step_agents.benchmark import Task

from tests.benchmark.solutions import ALL, solution
from tests.mutation.judge import Judge
from tests.mutation.mutants import Scope, mutants
from tests.mutation.same import SAME

ROW = Buffer(f32, [4])
SCOPE = Scope(
    {
        "double": Function("double", f32, f32),
        "square": Function("square", f32, f32),
        "add": Function("add", f32, f32, (0.0,)),
        "first": Function("first", ROW, ROW),
        "second": Function("second", ROW, ROW),
    },
    ("M", "N"),
    {"experts": ("first", "second")},
)

SOLUTION = """def op(x, y, sel):
    pairs = step.Zip().apply((x, y))
    doubled = step.Map(fn=double).apply(x)
    total = step.Accum(fn=add, b=1).apply(doubled)
    repeated = step.Repeat(n=M).apply(total)
    blocks = step.Flatten(L=[1]).apply(repeated)
    results = [step.Map(fn=f).apply(part) for f, part in zip(experts, parts)]
    return blocks, total
"""

EXPECTED = [
    "operand: line 2: Map of y instead of x",
    "operand: line 1: Zip of sel instead of y",
    "swapped Zip: line 1",
    "function: line 2: square instead of double",
    "parameter: line 3: Accum(b=2) instead of 1",
    "parameter: line 4: Repeat(n=N) instead of M",
    "parameter: line 5: Flatten(L=[2]) instead of [1]",
    "primitive: line 3: Scan instead of Accum",
    "swapped experts: line 6: second, first",
    "expert: line 6: first, first",
    "expert: line 6: one too few",
    "dropped: line 2: Map left out, x instead",
    "dropped: line 1: Zip left out, y instead",
    "output: output 1 is blocks",
    "output: outputs swapped",
    "added: Map(fn=square) on doubled",
    "added: Scan(fn=add, b=1) on x",
    "added: Identity() on total",
]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_kind_of_mutation_is_made(name: str) -> None:
    assert name in {mutant.name for mutant in mutants(SOLUTION, SCOPE)}


def test_a_fold_is_never_taken_for_a_map() -> None:
    assert not [one for one in mutants(SOLUTION, SCOPE) if one.kind == "function" and "add" in one.change]


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)
def test_a_mutant_differs_in_one_statement(task: Task) -> None:
    text = ast.unparse(ast.parse(solution(task))).splitlines()
    names = set()
    for mutant in mutants(solution(task), Judge(task).scope):
        matcher = difflib.SequenceMatcher(None, text, mutant.text.splitlines(), autojunk=False)
        changed = [change for change in matcher.get_opcodes() if change[0] != "equal"]
        assert len(changed) == 1 and max(changed[0][2] - changed[0][1], changed[0][4] - changed[0][3]) == 1, mutant.name
        assert mutant.name not in names, "two mutants with one name"
        names.add(mutant.name)
    assert {name for id, name in SAME if id == task.id} <= names
