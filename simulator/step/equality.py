"""Whether two programs are the same but for the order of their nodes and the names of their streams."""

from __future__ import annotations

from collections import Counter

from step.primitives import Primitive
from step.program import Program

Term = tuple[object, ...]
"""How a value is made: by which primitive from which values, by their numbers; or which input it is."""


def same_graph(left: Program, right: Program) -> bool:
    """Whether two programs have the same outputs made in the same way, the same primitives in all (what nothing
    consumes included), and as many uses too many. Which of a Copy's two results is used where does not matter."""
    if left.inputs != right.inputs or len(left.outputs) != len(right.outputs):
        return False
    known: dict[Term, int] = {}
    ours, theirs = terms(left, known), terms(right, known)
    return (
        [ours[value] for value in left.outputs] == [theirs[value] for value in right.outputs]
        and _made(left, ours) == _made(right, theirs)
        and _overused(left) == _overused(right)
    )


def terms(program: Program, known: dict[Term, int]) -> list[int]:
    """A number for each value; the same for values that are made in the same way, in all programs with one ``known``.

    A Copy's results are made as its operand is.
    """
    found = [known.setdefault(("input", index), len(known)) for index in range(program.inputs)]
    for node in program.nodes:
        operands = tuple(found[operand] for operand in node.operands)
        for port in range(node.results):
            if node.primitive.name == "Copy":
                found.append(operands[0])
            else:
                found.append(known.setdefault((node.primitive, operands, port), len(known)))
    return found


def _made(program: Program, made: list[int]) -> Counter[tuple[Primitive, tuple[int, ...]]]:
    return Counter((node.primitive, tuple(made[operand] for operand in node.operands)) for node in program.nodes)


def _overused(program: Program) -> int:
    return sum(max(len(uses) - 1, 0) for uses in program.uses.values())
