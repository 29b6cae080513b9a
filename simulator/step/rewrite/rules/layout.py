"""A stream brought into the layout that is needed: buffers emptied or filled, dimensions of 1 added or taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from step.dims import ONE
from step.infer import infer_node
from step.primitives import Primitive, RuleViolation
from step.primitives.base import show_parameter
from step.primitives.bufferize import Bufferize
from step.primitives.flatten import Flatten
from step.primitives.promote import Promote
from step.primitives.streamify import Streamify
from step.program import Node, Use
from step.rewrite.edits import Wrap
from step.rewrite.fix import Case, Proposal
from step.types import Buffer, StreamType, same_stream

RULE = "layout"
CODES = ("STEP-TYPE", "STEP-SHAPE", "STEP-OUTPUT")
ORDER = 5
_DEPTH = 3


def propose(case: Case) -> Iterator[Proposal]:
    """For each operand at fault and each output of another type: chains of primitives that only change the layout."""
    types = case.typing.types
    for slot in case.wrong_outputs:
        value = case.program.outputs[slot]
        for chain in chains(types[value], case.outputs[slot]):
            yield _proposal(case, Use(None, slot), value, chain, str(case.outputs[slot]))
    for one in case.typing.violations:
        node = case.program.nodes[one.node]
        for slot, value in enumerate(node.operands):
            for chain in single_steps(types[value]):
                needs = one.violation.needs or "another layout"
                yield replace(_proposal(case, Use(one.node, slot), value, chain, needs), safe=False)


def _proposal(case: Case, use: Use, value: int, chain: tuple[Primitive, ...], needs: str) -> Proposal:
    name = case.name_of(value)
    steps = ", then ".join(_show(one) for one in chain)
    return Proposal(
        (Wrap(use, chain),),
        f"Insert {steps} for {name}",
        f"{name} is {case.typing.types[value]}, where {needs} is needed: the same data in another layout. "
        f"{steps} changes it.",
        (name.strip("`"),),
        node=use.node,
    )


def chains(start: StreamType, goal: StreamType) -> Iterator[tuple[Primitive, ...]]:
    """The shortest chain of layout primitives from one type to another, if there is a short one."""
    if start.shape is None or goal.shape is None:
        return
    seen = {start}
    level: list[tuple[StreamType, tuple[Primitive, ...]]] = [(start, ())]
    for _ in range(_DEPTH):
        following: list[tuple[StreamType, tuple[Primitive, ...]]] = []
        for stream, chain in level:
            for (primitive,) in single_steps(stream):
                after = _apply(primitive, stream)
                if after is None or after in seen:
                    continue
                seen.add(after)
                if same_stream(after, goal):
                    yield (*chain, primitive)
                    return
                following.append((after, (*chain, primitive)))
        level = following


def single_steps(stream: StreamType) -> Iterator[tuple[Primitive]]:
    """Every layout primitive that can be applied to a stream without changing its data's order."""
    if stream.shape is None:
        return
    if isinstance(stream.element, Buffer):
        yield (Streamify(),)
    for count in range(1, stream.rank + 1):
        yield (Bufferize(a=count),)
    for index in range(1, stream.rank + 1):
        if ONE in (stream.shape[index - 1], stream.shape[index]):
            yield (Flatten(L=(index,)),)
    for place in range(len(stream.shape) + 1):
        yield (Promote(b=place),)


def _apply(primitive: Primitive, stream: StreamType) -> StreamType | None:
    try:
        return infer_node(Node(primitive, (0,), 1), (stream,), 0)[0]
    except RuleViolation:
        return None


def _show(primitive: Primitive) -> str:
    values = ", ".join(f"{one.name}={show_parameter(getattr(primitive, one.name))}" for one in primitive.parameters())
    return f"{primitive.name}({values})"
