"""Copy: the only way to use a stream twice."""

from __future__ import annotations

from step.primitives.base import Data, Primitive, RunContext, TypeContext
from step.types import StreamType


class Copy(Primitive):
    """Gives a stream twice. Streams are FIFOs: each is consumed once, so this is the only way to use one twice."""

    gives = "pair"
    rule = "A, S → A, S and A, S"
    example = "x0, x1 = step.Copy().apply(x)"

    @property
    def cost(self) -> int:
        """Copies do not count in a program's length."""
        return 0

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S → A, S and A, S."""
        return operands[0], operands[0]

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """Arrays are read-only, so both results share them."""
        return operands[0], operands[0]
