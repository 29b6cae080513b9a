"""A stream that is consumed several times while a copy of it lies unused: the copy is taken."""

from __future__ import annotations

from collections.abc import Iterator

from step.program import Program, Value
from step.rewrite.edits import Redirect
from step.rewrite.fix import Case, Proposal

RULE = "use-copy"
CODES = ("STEP-AFFINE",)
ORDER = -1
"""Before another Copy is inserted, which would leave the unused one without a consumer."""


def propose(case: Case) -> Iterator[Proposal]:
    """One proposal a stream: the later of its uses take the copies that nothing consumes."""
    program = case.program
    uses_of = program.uses
    roots = _roots(program)
    for value, uses in uses_of.items():
        if len(uses) < 2:
            continue
        free = [one for one in range(program.size) if one != value and roots[one] == roots[value] and not uses_of[one]]
        edits: list[Redirect] = []
        for use in reversed(uses):
            made = next((one for one in free if _is_before(program, one, use.node)), None)
            if made is not None and len(edits) < len(uses) - 1:
                free.remove(made)
                edits.append(Redirect(use, made))
        if not edits:
            continue
        name = case.name_of(value)
        taken = " and ".join(case.name_of(one.value) for one in reversed(edits))
        yield Proposal(
            tuple(edits),
            f"Use {taken} instead of {name}",
            f"{name} was consumed {len(uses)} times. A stream is a FIFO: reading it empties it, so it may be consumed "
            f"once. {taken} {'has' if len(edits) == 1 else 'have'} the same data, and nothing consumed that.",
            (name.strip("`"), *(case.name_of(one.value).strip("`") for one in reversed(edits))),
            node=uses[1].node,
        )


def _roots(program: Program) -> dict[Value, Value]:
    """What each stream is a copy of, by whatever number of Copies; itself, where no Copy makes it."""
    roots: dict[Value, Value] = {}
    for value in range(program.size):
        producer = program.producers[value]
        node = program.nodes[producer] if producer is not None else None
        roots[value] = roots[node.operands[0]] if node is not None and node.primitive.name == "Copy" else value
    return roots


def _is_before(program: Program, value: Value, node: int | None) -> bool:
    """Whether a stream is there when a node (None: the return) consumes it."""
    producer = program.producers[value]
    return node is None or producer is None or producer < node
