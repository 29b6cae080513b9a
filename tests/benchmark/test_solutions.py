"""Every packed task has a solution that both verifiers and the element-by-element oracle accept."""

from __future__ import annotations

import numpy as np
import pytest
from step.check import check
from step.choice import Choice
from step.simulate.engine import execute
from step.simulate.load import load
from step.simulate.problem import pose
from step.simulate.verify import verify
from step.source import read
from step_agents.benchmark import Task

from tests.benchmark.facts import PAPER_FACTS
from tests.benchmark.solutions import ALL, PAPER, solved
from tests.oracle import run_program

EVERY_TASK = pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)


@EVERY_TASK
def test_a_hole_is_read_without_running_it(task: Task) -> None:
    module = read(task.path.read_text(encoding="utf-8"), str(task.path))
    operator = module.operator(task.operator)
    assert not module.problems
    assert operator is not None and operator.is_hole and operator.specification is not None
    assert all(type_.is_known for type_ in operator.specification.input_types + operator.specification.output_types)
    assert operator.reference == "reference"
    assert [one.code for found in check(module) for one in found.diagnostics] == ["STEP-HOLE"]


@EVERY_TASK
def test_a_solution_passes_the_static_check_without_a_warning(task: Task) -> None:
    (found,) = check(read(solved(task), str(task.path)))
    assert found.holds and found.typing.holds
    assert not found.diagnostics


@EVERY_TASK
def test_a_solution_passes_the_functional_check(task: Task) -> None:
    report = verify(solved(task), str(task.path), task.operator)
    assert report.ok, report.message
    assert len(report.runs) == 4
    assert report.max_abs_error is not None and report.max_abs_error < 1e-10


@pytest.mark.parametrize("task", PAPER.tasks, ids=lambda task: task.id)
def test_a_solution_needs_no_more_copies_than_the_table_says(task: Task) -> None:
    (found,) = check(read(solved(task)))
    copies = sum(node.primitive.name == "Copy" for node in found.operator.body.program.nodes)
    assert copies <= PAPER_FACTS[task.id].copies


@EVERY_TASK
@pytest.mark.parametrize("precision", ["f64", "f32"])
def test_the_simulator_agrees_with_the_oracle(task: Task, precision: str) -> None:
    module = load(solved(task), str(task.path), Choice(seed=3, precision=precision))
    problem = pose(module, module.operators[task.operator], 3)
    (found,) = check(read(solved(task)))
    program = found.operator.body.program
    simulated = execute(program, problem.inputs, problem.functions, typing=found.typing).outputs
    bodies = {name: function.body for name, function in module.functions.items()}
    inputs = [data.arrays for data in problem.inputs]
    with np.errstate(over="ignore"):
        expected = run_program(program, problem.specification.input_types, bodies, inputs, problem.sizes)
    tolerance = 1e-13 if precision == "f64" else 1e-4
    for data, arrays in zip(simulated, expected, strict=True):
        for have, want in zip(data.arrays, arrays, strict=True):
            assert have.dtype == want.dtype
            np.testing.assert_allclose(have, want, rtol=tolerance, atol=tolerance * np.abs(want).max())
