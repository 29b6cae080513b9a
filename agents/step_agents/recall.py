"""Recalling a program for a task that is known under other names: experience is used before anything is searched."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from step.dims import Dim
from step.function import Function
from step.primitives import Primitive
from step.program import Builder, Program
from step.render import body_lines, spelling_of
from step.source import OperatorSource

from step_agents.canonical import canonical
from step_agents.experience import Experience
from step_agents.experience.solution import solution
from step_agents.task import Task
from step_agents.task_source import usable_functions


def translate(experience: Experience, task: Task, operator: OperatorSource) -> str | None:
    """The experience's body in the names of another operator with the same canonical task; None if that fails."""
    program = solution(experience)
    if program is None:
        return None
    ours, theirs = canonical(task), canonical(experience.task)
    usable = usable_functions(operator)
    functions = {
        before: usable[after]
        for before, after in zip(theirs.functions, ours.functions, strict=False)
        if after in usable
    }
    dims = {before: Dim.symbol(after) for before, after in zip(theirs.dims, ours.dims, strict=False)}
    try:
        renamed = _rename(program, functions, dims)
    except KeyError:
        return None
    inputs = [name for name, _ in operator.parameters]
    return "\n".join(body_lines(renamed, inputs, spelling_of(operator.scope)))


def _rename(program: Program, functions: Mapping[str, Function], dims: Mapping[str, Dim]) -> Program:
    builder = Builder(program.inputs)
    for node in program.nodes:
        builder.add(_renamed(node.primitive, functions, dims), node.operands, node.results)
    made = builder.build(program.outputs)
    return made.with_names(
        (*[None] * program.inputs, *(program.name_of(v) for v in range(program.inputs, program.size)))
    )


def _renamed(primitive: Primitive, functions: Mapping[str, Function], dims: Mapping[str, Dim]) -> Primitive:
    changes: dict[str, Any] = {}
    for one in primitive.parameters():
        value = getattr(primitive, one.name)
        if isinstance(value, Function):
            changes[one.name] = functions[value.name]
        elif isinstance(value, Dim):
            bare = Dim(value.numerator, value.denominator, value.factors)
            changes[one.name] = bare.substitute(dims)
    return dataclasses.replace(primitive, **changes) if changes else primitive
