"""A missing Repeat: one stream lacks the innermost dimension that the other has."""

from __future__ import annotations

from collections.abc import Iterator

from step.primitives.repeat import Repeat
from step.program import Use
from step.rewrite.edits import Bypass, Edit, Wrap
from step.rewrite.fix import Case, Proposal

RULE = "repeat-side"
CODES = ("STEP-SHAPE",)
ORDER = 6


def propose(case: Case) -> Iterator[Proposal]:
    """A Repeat on the shorter side; and, where the other side was repeated, the Repeat moved over."""
    types = case.typing.types
    for one in case.typing.violations:
        node = case.program.nodes[one.node]
        if one.violation.code != "STEP-SHAPE" or len(node.operands) != 2:
            continue
        for slot, other in ((0, 1), (1, 0)):
            value, against = node.operands[slot], node.operands[other]
            shape, target = types[value].shape, types[against].shape
            if shape is None or target is None:
                continue
            name, reference = case.name_of(value), case.name_of(against)
            missing = target[: len(target) - len(shape)]
            chain = tuple(Repeat(n=dim) for dim in reversed(missing))
            candidates: list[tuple[Edit, ...]] = []
            if chain and target[len(missing) :] == shape:
                candidates.append((Wrap(Use(one.node, slot), chain),))
            producer = case.program.producers[against]
            if producer is not None and isinstance(case.program.nodes[producer].primitive, Repeat):
                source = types[case.program.nodes[producer].operands[0]].shape
                if source is not None and len(source) == len(shape) + 1 and source[1:] == shape:
                    candidates.append((Bypass(producer), Wrap(Use(one.node, slot), (Repeat(n=source[0]),))))
            for edits in candidates:
                yield Proposal(
                    edits,
                    f"Repeat {name}",
                    f"{name} ({types[value]}) lacks a dimension that {reference} ({types[against]}) has. Streams do "
                    "not broadcast: Repeat gives each element as often as it is needed.",
                    (name.strip("`"), reference.strip("`")),
                    safe=False,
                    node=one.node,
                )
