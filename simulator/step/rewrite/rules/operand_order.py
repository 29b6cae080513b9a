"""Operands in the order in which their types fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from step.rewrite.edits import Permute
from step.rewrite.fix import Case, Proposal

RULE = "operand-order"
CODES = ("STEP-TYPE", "STEP-SHAPE", "STEP-ARITY")
ORDER = 2
_MOST = 4


def propose(case: Case) -> Iterator[Proposal]:
    """Each other order of the operands of a primitive that takes several."""
    for index, node in enumerate(case.program.nodes):
        count = len(node.operands)
        if not 2 <= count <= _MOST or (node.primitive.takes[0].startswith("*") and len(node.primitive.takes) > 1):
            continue
        names = [case.name_of(value) for value in node.operands]
        for order in list(permutations(range(count)))[1:]:
            wanted = ", ".join(names[place] for place in order)
            yield Proposal(
                (Permute(index, order),),
                f"Give {node.primitive.name} ({wanted.replace('`', '')})",
                f"{node.primitive.name} had its streams in the order ({', '.join(names)}), which does not fit the "
                f"types that are needed; ({wanted}) does.",
                tuple(name.strip("`") for name in names),
                safe=False,
                node=index,
            )
