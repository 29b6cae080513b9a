"""Folding or bufferizing a rank-0 stream whole takes a Promote first."""

from __future__ import annotations

from collections.abc import Iterator

from step.primitives.promote import Promote
from step.program import Use
from step.rewrite.edits import Wrap
from step.rewrite.fix import Case, Proposal

RULE = "promote-first"
CODES = ("STEP-RANK",)
ORDER = 1


def propose(case: Case) -> Iterator[Proposal]:
    """A Promote before each fold or Bufferize of one dimension more than there is."""
    for one in case.typing.violations:
        node = case.program.nodes[one.node]
        count = getattr(node.primitive, "b", getattr(node.primitive, "a", None))
        stream = case.typing.types[node.operands[0]]
        if one.violation.code != "STEP-RANK" or isinstance(node.primitive, Promote) or stream.shape is None:
            continue
        if count != len(stream.shape):
            continue
        name = case.name_of(node.operands[0])
        yield Proposal(
            (Wrap(Use(one.node, 0), (Promote(b=count),)),),
            f"Promote {name} first",
            f"{node.primitive.name} leaves at least one dimension, and {name} ({stream}) has only {len(stream.shape)}. "
            f"Promote(b={count}) adds an outer dimension of 1 that may stay.",
            (name.strip("`"),),
            safe=count == 1,
            node=one.node,
        )
