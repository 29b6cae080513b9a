"""The right count for a Repeat."""

from __future__ import annotations

from collections.abc import Iterator

from step.dims import Dim, as_dim
from step.primitives.repeat import Repeat
from step.rewrite.edits import Replace
from step.rewrite.fix import Case, Proposal

RULE = "repeat-count"
CODES = ("STEP-SHAPE", "STEP-OUTPUT")
ORDER = 4


def propose(case: Case) -> Iterator[Proposal]:
    """Each dimension that occurs in the streams of the program, for each Repeat."""
    dims = {dim: None for one in (*case.inputs, *case.outputs) for dim in one.shape or ()}
    for index, node in enumerate(case.program.nodes):
        if not isinstance(node.primitive, Repeat):
            continue
        now = node.primitive.n
        for dim in dims:
            if isinstance(now, (Dim, int)) and as_dim(now) == dim:
                continue
            yield Proposal(
                (Replace(index, Repeat(n=dim)),),
                f"Repeat {dim} times",
                f"Repeat(n={now}) makes an innermost dimension of {now}, but what follows needs {dim} there.",
                safe=False,
                node=index,
            )
