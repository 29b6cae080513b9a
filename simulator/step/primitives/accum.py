"""Accum: a fold over the innermost dimensions."""

from __future__ import annotations

from step.dims import Shape
from step.function import Function
from step.primitives.base import (
    Data,
    Primitive,
    RuleViolation,
    RunContext,
    TypeContext,
    parameter,
    require_element,
    require_fold,
)
from step.types import StreamType


class Accum(Primitive):
    """Folds the b innermost dimensions into one element, from the function's init state.

    A left fold in row-major order (the outer of the b dimensions first). To fold a rank-0 stream whole, Promote it
    with b=1 first: a fold leaves at least one dimension.
    """

    rule = "A, S → B, S[b:]   where fn: (state B, A) → B and 1 ≤ b ≤ rank"
    example = "total = step.Accum(fn=add, b=1).apply(x)"

    fn: Function = parameter("function", "a fold (state B, A) → B with an init")
    b: int = parameter("integer", "how many innermost dimensions are folded, 1 to the rank", 1)

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S → B, S[b:]."""
        shape = check_fold(self.fn, self.b, operands[0], "Accum")
        return (StreamType(self.fn.result, shape[self.b :]),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """Loops over the folded dimensions only; the others are one batch."""
        stream = operands[0]
        outer = stream.outer[: stream.axes - self.b]
        last, _ = context.fold(self.fn, context.start(self.fn, outer), merge_last_axes(stream, self.b), False)
        return (Data(self.fn.result, len(outer), last),)


def check_fold(fn: Function, b: int, stream: StreamType, name: str) -> Shape:
    """The shape of a stream that can be folded over b dimensions.

    Raises:
        RuleViolation: fn is no fold, does not accept the elements, or b is out of range.
    """
    require_fold(fn, name)
    require_element(fn, stream.element, name)
    check_rank(b, stream, name, "b")
    return stream.known_shape


def check_rank(count: int, stream: StreamType, name: str, parameter: str) -> None:
    """A number of innermost dimensions must be 1 to the rank.

    Raises:
        RuleViolation: it is not.
    """
    if 1 <= count <= stream.rank:
        return
    advice = (
        "a rank-0 stream needs Promote(b=1) first"
        if stream.rank == 0 and count == 1
        else "use 1"
        if stream.rank == 1
        else f"use 1 to {stream.rank}"
    )
    raise RuleViolation(
        "STEP-RANK",
        f"{name} needs 1 ≤ {parameter} ≤ rank; got {parameter}={count} on rank {stream.rank} ({stream}): {advice}",
        parameter=parameter,
        needs=f"1 ≤ {parameter} ≤ {stream.rank}",
        got=f"{parameter}={count}",
    )


def merge_last_axes(stream: Data, count: int) -> Data:
    """The data with its last ``count`` stream axes as one, in row-major order."""
    if count == 1:
        return stream
    keep = stream.axes - count
    length = 1
    for size in stream.outer[keep:]:
        length *= size
    arrays = tuple(array.reshape((*array.shape[:keep], length, *array.shape[stream.axes :])) for array in stream.arrays)
    return Data(stream.element, keep + 1, arrays)
