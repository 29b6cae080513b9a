"""Merge: what experts made, folded back together."""

from __future__ import annotations

import math

import numpy as np

from step.dims import Dim, dynamic_expert, show_shape
from step.function import Function
from step.primitives.base import (
    Data,
    ExecutionError,
    Primitive,
    RuleViolation,
    RunContext,
    TypeContext,
    parameter,
    require_element,
    require_fold,
)
from step.primitives.partition import check_index, selection
from step.types import StreamType, same_element, same_shape

_BLOCK_BYTES = 256 << 10
"""So much of the state is folded at once, so that its copies stay small."""


class Merge(Primitive):
    """Closes a Partition: folds the groups of the selected experts at each position of the index stream.

    For each index position, and separately at each position of base, the next group of every selected expert is
    folded with fn, in expert order. Where nobody is selected the result is fn's init state. Use the index stream of
    the Partition that it closes (through a Copy).
    """

    takes = ("*streams", "index")
    each = "expert"
    rule = "N streams of A, base + [dyn_i] and Multihot(_, N), T → B, base + T   where fn: (state B, A) → B"
    example = "y = step.Merge(fn=add).apply((parts, index))"

    fn: Function = parameter("function", "a fold (state B, A) → B with an init")

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """N streams of A, base + [dyn_i] → B, base + T."""
        *streams, index = operands
        require_fold(self.fn, "Merge")
        check_index(len(streams), index, "Merge", parameter=None, operand=len(streams))
        first = streams[0]
        base = first.known_shape[:-1]
        for place, stream in enumerate(streams):
            require_element(self.fn, stream.element, "Merge", place)
            if not same_element(first.element, stream.element) or not same_shape(base, stream.known_shape[:-1]):
                raise RuleViolation(
                    "STEP-SHAPE",
                    f"Merge needs streams that differ only in their outermost dimension: {first}; got {stream}",
                    operand=place,
                    needs=f"{first.element}, {show_shape(base)} + [_]",
                    got=str(stream),
                )
        check_experts([stream.known_shape[-1] for stream in streams])
        return (StreamType(self.fn.result, base + index.known_shape),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """One batched call an expert: positions do not depend on each other, experts follow in order."""
        *streams, index = operands
        bits = selection(index, "Merge")
        base = streams[0].outer[1:]
        state = tuple(np.array(array) for array in context.start(self.fn, (len(bits), *base)))
        group_bytes = sum(math.prod(array.shape[1:]) * array.itemsize for array in state)
        block = max(_BLOCK_BYTES // max(group_bytes, 1), 1)
        for expert, stream in enumerate(streams):
            chosen = bits[:, expert]
            count = int(chosen.sum())
            if stream.outer[0] != count or stream.outer[1:] != base:
                raise ExecutionError(
                    "STEP-DATA",
                    f"Merge: the index sends {count} groups to expert {expert}, but its stream holds "
                    f"{stream.outer[0]}; use the index of the Partition that made them, in the experts' order",
                )
            positions = np.flatnonzero(chosen)
            for begin in range(0, count, block):
                here = positions[begin : begin + block]
                before = Data(self.fn.result, stream.axes, tuple(array[here] for array in state))
                groups = Data(stream.element, stream.axes, tuple(one[begin : begin + block] for one in stream.arrays))
                after = context.call(self.fn, (before, groups), (len(here), *base))
                for array, new in zip(state, after, strict=True):
                    array[here] = new
        outer = index.outer + base
        arrays = tuple(array.reshape(outer + array.shape[1 + len(base) :]) for array in state)
        return (Data(self.fn.result, len(outer), arrays),)


def check_experts(outermost: list[Dim]) -> None:
    """The streams of a Merge must be one Partition's, in the order of its experts: their outermost dimensions say so.

    Raises:
        RuleViolation: they are not.
    """
    partitions: set[str] = set()
    for place, dim in enumerate(outermost):
        if "?" in dim.symbols:
            continue
        found = dynamic_expert(dim)
        if found is None:
            raise RuleViolation(
                "STEP-SHAPE",
                f"Merge needs streams that a Partition made: their outermost dimension is known only when data flows; "
                f"got {dim} outermost",
                operand=place,
                needs="base + [dyn]",
                got=str(dim),
            )
        partition, expert = found
        partitions.add(partition)
        if expert != place or len(partitions) > 1:
            problem = (
                f"stream {place} is of expert {expert}: give the streams in the experts' order"
                if len(partitions) == 1
                else "its streams are of several Partitions"
            )
            raise RuleViolation(
                "STEP-SHAPE",
                f"Merge: {problem}",
                operand=place,
                needs=f"base + [dyn{min(partitions)}.{place}]",
                got=str(dim),
            )
