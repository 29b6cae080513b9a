"""A stream that is consumed several times gets a Copy."""

from __future__ import annotations

from collections.abc import Iterator

from step.program import Program, Use
from step.rewrite.edits import Duplicate
from step.rewrite.fix import Case, Proposal

RULE = "insert-copy"
CODES = ("STEP-AFFINE",)
ORDER = 0


def propose(case: Case) -> Iterator[Proposal]:
    """One proposal a stream, for all its uses at once."""
    program = case.program
    for value, uses in program.uses.items():
        if len(uses) < 2:
            continue
        name = case.name_of(value)
        places = ", ".join(_place(program, use) for use in uses[:-1]) + f" and {_place(program, uses[-1])}"
        copies = "A Copy gives" if len(uses) == 2 else f"{len(uses) - 1} Copies give"
        yield Proposal(
            (Duplicate(value, uses),),
            f"Insert Copy for {name}",
            f"{name} was consumed by {places}. A stream is a FIFO: reading it empties it, so it may be consumed once. "
            f"{copies} each consumer a stream of its own with the same data.",
            (name.strip("`"),),
            node=uses[1].node,
        )


def _place(program: Program, use: Use) -> str:
    if use.node is None:
        return "the return"
    node = program.nodes[use.node]
    function = node.primitive.function
    return f"{node.primitive.name}({function.name})" if function else node.primitive.name
