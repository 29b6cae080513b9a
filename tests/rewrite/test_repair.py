"""Repairing whole programs: what lost its Copies gets them back, what holds is not touched, values stay."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from step.check import check
from step.choice import Choice
from step.equality import same_graph
from step.program import Builder, Program
from step.render import body_text, spelling_of
from step.rewrite import Case, fix_all, propose, repair
from step.rewrite.text import TextEdit, apply_text_edits
from step.simulate.compare import compare
from step.simulate.engine import execute
from step.simulate.load import load
from step.simulate.problem import pose
from step.source import OperatorSource, read
from step_agents.benchmark import Task

from tests.benchmark.solutions import ALL, solved
from tests.programs import Case as Drawn
from tests.programs import cases

EVERY_TASK = pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)


def without(program: Program, name: str) -> Program:
    """The program without the primitives of a name: their operand stands for each of their results."""
    builder = Builder(program.inputs, program.names[: program.inputs])
    moved = list(range(program.inputs))
    for node in program.nodes:
        operands = [moved[one] for one in node.operands]
        if node.primitive.name == name:
            moved += operands[:1] * node.results
        else:
            moved += builder.add(node.primitive, operands, node.results)
    return builder.build(moved[one] for one in program.outputs)


def operator_of(task: Task) -> OperatorSource:
    operator = read(solved(task)).operator(task.operator)
    assert operator is not None and operator.specification is not None
    return operator


@EVERY_TASK
def test_a_solution_without_its_copies_gets_them_back(task: Task) -> None:
    operator = operator_of(task)
    assert operator.specification is not None
    program = operator.body.program
    bare = without(program, "Copy")
    repaired, fixes = repair(bare, operator.specification, only_safe=True)
    assert Case(repaired, operator.input_types, operator.specification.output_types).holds
    assert same_graph(repaired, program)
    assert {fix.rule for fix in fixes} <= {"insert-copy"} and all(fix.safe for fix in fixes)
    assert bool(fixes) == any(node.primitive.name == "Copy" for node in program.nodes)


@EVERY_TASK
def test_a_file_without_its_copies_is_fixed_and_computes_the_same(task: Task) -> None:
    operator = operator_of(task)
    text = body_text(without(operator.body.program, "Copy"), operator.specification or [], spelling_of(operator.scope))
    broken = apply_text_edits(solved(task), [TextEdit(operator.body_span, text.lstrip())], operator.line)
    fixed, _ = fix_all(broken)
    (found,) = check(read(fixed))
    assert found.holds and not found.diagnostics, fixed
    assert fix_all(fixed) == (fixed, ())
    module = load(fixed, str(task.path), Choice(seed=1))
    problem = pose(module, module.operators[task.operator], 1)
    execution = execute(found.operator.body.program, problem.inputs, problem.functions, typing=found.typing)
    assert compare(problem.expected, execution.outputs).is_equal
    assert all(np.isfinite(array).all() for data in execution.outputs for array in data.arrays)


@EVERY_TASK
@pytest.mark.parametrize("name", ["Promote", "Streamify", "Bufferize", "Repeat", "Flatten"])
def test_a_solution_that_lost_primitives_is_never_made_worse(task: Task, name: str) -> None:
    operator = operator_of(task)
    assert operator.specification is not None
    broken = without(operator.body.program, name)
    before = Case(broken, operator.input_types, operator.specification.output_types)
    repaired, fixes = repair(broken, operator.specification)
    after = before.after(repaired)
    assert after.faults <= before.faults
    assert (repaired == broken) == (not fixes)
    if fixes:
        assert after.faults < before.faults


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_program_that_holds_has_nothing_to_be_fixed(case: Drawn) -> None:
    assert propose(Case(case.program, case.specification.input_types, case.specification.output_types)) == ()


@settings(max_examples=40, deadline=None)
@given(cases())
def test_any_program_without_its_copies_gets_them_back(case: Drawn) -> None:
    bare = without(case.program, "Copy")
    repaired, fixes = repair(bare, case.specification, only_safe=True)
    assert all(fix.rule == "insert-copy" for fix in fixes)
    # Copies that nothing needed (both results unused but one, or returned) are not put back.
    assert same_graph(without(repaired, "Copy"), bare)
    assert Case(repaired, case.specification.input_types, case.specification.output_types).holds


def test_how_often_a_lost_primitive_is_found_again() -> None:
    """Of the solutions that lost all primitives of one kind, most that can be told from the types come back whole."""
    whole = total = 0
    for task in ALL:
        operator = operator_of(task)
        assert operator.specification is not None
        for name in ("Promote", "Streamify"):
            broken = without(operator.body.program, name)
            if dataclasses.replace(broken, names=()) == dataclasses.replace(operator.body.program, names=()):
                continue
            repaired, _ = repair(broken, operator.specification)
            total += 1
            whole += same_graph(repaired, operator.body.program)
    print(f"{whole} of {total} programs repaired to the very same graph")
    assert total > 10 and whole * 2 >= total
