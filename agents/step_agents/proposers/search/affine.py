"""Copies: a program whose streams are each used once, with as few Copy as can be (uses less one for each stream)."""

from __future__ import annotations

from step.primitives.copy import Copy
from step.program import Builder, Program, Value


def make_affine(program: Program) -> Program:
    """The same program with a Copy, where a stream is used again, just before its use but the last."""
    left = {value: len(uses) for value, uses in program.uses.items()}
    builder = Builder(program.inputs, [program.name_of(value) for value in range(program.inputs)])
    current: dict[Value, Value] = {value: value for value in range(program.inputs)}

    def take(value: Value) -> Value:
        left[value] -= 1
        if left[value] <= 0:
            return current[value]
        one, other = builder.add(Copy(), (current[value],))
        current[value] = other
        return one

    for index, node in enumerate(program.nodes):
        operands = [take(operand) for operand in node.operands]
        made = builder.add(node.primitive, operands, node.results)
        for old, new in zip(program.results_of(index), made, strict=True):
            current[old] = new
    return builder.build([take(output) for output in program.outputs])
