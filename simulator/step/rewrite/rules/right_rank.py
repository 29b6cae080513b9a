"""Another number of dimensions for a fold or a Bufferize."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from step.rewrite.edits import Replace
from step.rewrite.fix import Case, Proposal

RULE = "right-rank"
CODES = ("STEP-RANK", "STEP-SHAPE", "STEP-TYPE", "STEP-OUTPUT")
ORDER = 3


def propose(case: Case) -> Iterator[Proposal]:
    """Each b or a that the stream's rank allows; only what leaves fewer violations becomes a fix."""
    for index, node in enumerate(case.program.nodes):
        parameter = next((one.name for one in node.primitive.parameters() if one.metadata["kind"] == "integer"), None)
        stream = case.typing.types[node.operands[0]] if node.operands else None
        if parameter is None or stream is None or stream.shape is None:
            continue
        lowest, highest = (0, len(stream.shape)) if node.primitive.name == "Promote" else (1, stream.rank)
        now = getattr(node.primitive, parameter)
        for count in range(lowest, highest + 1):
            if count != now:
                yield Proposal(
                    (Replace(index, replace(node.primitive, **{parameter: count})),),
                    f"Change {node.primitive.name} to {parameter}={count}",
                    f"{node.primitive.name} with {parameter}={now} on {stream} does not fit what follows; "
                    f"with {parameter}={count} the types agree.",
                    safe=False,
                    node=index,
                )
