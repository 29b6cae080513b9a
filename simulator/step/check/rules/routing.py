"""A Partition and the Merge that closes it use the same index stream (1-language, section 2)."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.subject import Subject
from step.diagnostic import Diagnostic, Related
from step.dims import dynamic_expert
from step.equality import terms
from step.program import Node, Opaque
from step.types import StreamType

CODES = {
    "STEP-INDEX": "A Merge takes back what a Partition has routed, so both need the same index stream. Copy the index, "
    "and give one copy to each.",
}


def run(subject: Subject) -> Iterator[Diagnostic]:
    """One diagnostic for each Merge whose index is made in another way than its Partition's."""
    program = subject.program
    partitions = [index for index, node in enumerate(program.nodes) if node.primitive.gives == "list"]
    if subject.operator.is_hole or not partitions or any(isinstance(one.primitive, Opaque) for one in program.nodes):
        return
    made = terms(program, {})
    wrong = {one.node for one in subject.typing.violations}
    for number, node in enumerate(program.nodes):
        if number in wrong:
            continue
        partition = _closed_by(node, partitions, subject.typing.types)
        if partition is None:
            continue
        index, other = node.operands[-1], program.nodes[partition].operands[-1]
        if made[index] == made[other]:
            continue
        routed = subject.operator.body.nodes[partition].operands[-1]
        yield Diagnostic(
            "STEP-INDEX",
            f"this Merge closes a Partition that {subject.name_of(other)} routes; got {subject.name_of(index)}: "
            "use the same index stream, through a Copy",
            subject.operator.body.nodes[number].operands[-1],
            related=(Related(routed, f"{subject.name_of(other)} routes here"), subject.origin(index)),
            needs=str(subject.typing.types[other]),
            got=str(subject.typing.types[index]),
            node=number,
        )


def _closed_by(node: Node, partitions: list[int], types: tuple[StreamType, ...]) -> int | None:
    """The Partition (its node) whose streams a Merge takes; None if it is no Merge or that is not known."""
    if node.primitive.takes != ("*streams", "index"):
        return None
    shape = types[node.operands[0]].shape
    found = dynamic_expert(shape[-1]) if shape else None
    return partitions[int(found[0])] if found is not None and int(found[0]) < len(partitions) else None
