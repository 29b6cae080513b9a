"""RepeatRef: each element as often as a reference stream says."""

from __future__ import annotations

from step.dims import show_shape
from step.primitives.base import Data, Primitive, RuleViolation, RunContext, TypeContext
from step.primitives.repeat import repeat
from step.types import UNKNOWN_DIM, StreamType, same_shape


class RepeatRef(Primitive):
    """Repeats each element as Repeat does, as often as the innermost dimension of a reference stream is long.

    The reference stream is consumed; its data is not looked at.
    """

    takes = ("data", "ref")
    rule = "A, S and ref _, [n] + S → A, [n] + S"
    example = "wide = step.RepeatRef().apply((x, ref))"

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S and _, [n] + S → A, [n] + S."""
        data, ref = operands
        shape = data.known_shape
        if not same_shape((UNKNOWN_DIM, *shape), ref.shape):
            needs = f"_, [n] + {show_shape(shape)}"
            raise RuleViolation(
                "STEP-SHAPE",
                f"RepeatRef needs a reference whose shape is [n] + the data's: data {data}; got {ref}",
                operand=1,
                needs=needs,
                got=str(ref),
            )
        return (StreamType(data.element, (ref.known_shape[0], *shape)),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """A view: nothing is copied."""
        data, ref = operands
        return (repeat(data, ref.outer[-1], context.results[0].element),)
