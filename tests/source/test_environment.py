"""The scope of a module that ran is the scope that its text says."""

from __future__ import annotations

import pytest
from step.choice import Choice
from step.diagnostic import Span
from step.simulate.load import load
from step.source import read
from step.source.environment import runtime_environment
from step.source.parsing import parse_block
from step.source.reader import read_body
from step.source.split import Block
from step_agents.benchmark import Task

from tests.benchmark.solutions import ALL, solved


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)
def test_a_body_is_the_same_program_under_the_running_module(task: Task) -> None:
    text = solved(task)
    operator = read(text).operator(task.operator)
    assert operator is not None
    module = load(text, str(task.path), Choice())
    parsed = parse_block(Block(0, operator.text))
    statements = tuple(parsed.statements[0].body)  # type: ignore[union-attr]
    body = read_body(statements, parsed.lines, module.environment.scope, operator.parameters, operator.name_span)
    assert not body.problems
    assert body.program == operator.body.program
    assert {one.function for one in module.functions.values()} >= {
        node.primitive.function for node in body.program.nodes if node.primitive.function
    }
    assert module.operators[task.operator].specification == operator.specification


def test_functions_are_called_as_bodies_reach_them() -> None:
    import step
    from step import f32

    def made(factor: int) -> object:
        @step.fn(f32, f32)
        def one(x: float) -> float:
            return x * factor

        return one

    shared = made(1)
    namespace = {"step": step, "experts": [made(2), shared, [made(3)]], "first": shared, "again": shared, "K": 3}
    found = runtime_environment(namespace)
    assert list(found.functions) == ["first", "experts[0]", "experts[2][0]"]
    assert found.scope["again"] is found.scope["first"] is found.scope["experts"][1]  # type: ignore[index]
    assert [found.functions[name](10.0) for name in found.functions] == [10.0, 20.0, 30.0]
    assert all(name == one.function.name for name, one in found.functions.items())


def test_what_a_running_module_has_besides_is_no_part_of_a_body() -> None:
    import numpy as np
    import step

    namespace = {"step": step, "np": np, "w": np.zeros(3), "f": len, "C": dict, "t": {}, "s": "text", "n": 3, "e": 1.5}
    scope = runtime_environment(namespace).scope
    for name in namespace:
        statements = parse_block(Block(0, f"y = {name}\nreturn y")).statements
        problems = read_body(statements, (f"y = {name}", "return y"), scope, [], Span(0, 0, 0, 0)).problems
        if name == "n":
            assert [one.code for one in problems] == ["STEP-ARITY"]
        else:
            assert [one.code for one in problems] == ["STEP-SUBSET"], (name, problems)
