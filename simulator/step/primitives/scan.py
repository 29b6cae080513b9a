"""Scan: a fold that gives every state."""

from __future__ import annotations

from step.function import Function
from step.primitives.accum import check_fold, merge_last_axes
from step.primitives.base import Data, Primitive, RunContext, TypeContext, parameter
from step.types import StreamType


class Scan(Primitive):
    """Folds the b innermost dimensions as Accum does, and gives the state after every element.

    The state starts anew, from the function's init, for each group.
    """

    rule = "A, S → B, S   where fn: (state B, A) → B and 1 ≤ b ≤ rank"
    example = "running = step.Scan(fn=add, b=1).apply(x)"

    fn: Function = parameter("function", "a fold (state B, A) → B with an init")
    b: int = parameter("integer", "how many innermost dimensions are folded, 1 to the rank", 1)

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S → B, S."""
        shape = check_fold(self.fn, self.b, operands[0], "Scan")
        return (StreamType(self.fn.result, shape),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """Loops over the folded dimensions only; the others are one batch."""
        stream = operands[0]
        outer = stream.outer
        keep = outer[: stream.axes - self.b]
        _, states = context.fold(self.fn, context.start(self.fn, keep), merge_last_axes(stream, self.b), True)
        arrays = tuple(array.reshape(outer + array.shape[len(keep) + 1 :]) for array in states)
        return (Data(self.fn.result, stream.axes, arrays),)
