"""A fold where a map stands, or a map where a fold stands."""

from __future__ import annotations

from collections.abc import Iterator

from step.primitives import Primitive
from step.primitives.accum import Accum
from step.primitives.map import Map
from step.primitives.scan import Scan
from step.rewrite.edits import Replace
from step.rewrite.fix import Case, Proposal

RULE = "fold-or-map"
CODES = ("STEP-FN",)
ORDER = 7


def propose(case: Case) -> Iterator[Proposal]:
    """Map becomes Accum or Scan of each rank, and the other way round."""
    for one in case.typing.violations:
        node = case.program.nodes[one.node]
        function = node.primitive.function
        if one.violation.code != "STEP-FN" or function is None or len(node.operands) != 1:
            continue
        rank = case.typing.types[node.operands[0]].shape
        if function.is_fold:
            ranks = range(1, len(rank or ()))
            choices: list[Primitive] = [Accum(fn=function, b=b) for b in ranks]
            choices += [Scan(fn=function, b=b) for b in ranks]
        else:
            choices = [Map(fn=function)]
        kind = "a fold: it has an init state" if function.is_fold else "a map: it has no init state"
        for primitive in choices:
            yield Proposal(
                (Replace(one.node, primitive),),
                f"Use {primitive.name} for {function.name}",
                f"{function.name} is {kind}, so {primitive.name} applies it, not {node.primitive.name}.",
                safe=False,
                node=one.node,
            )
