"""Identity: data passes through."""

from __future__ import annotations

from step.primitives.base import Data, Primitive, RunContext, TypeContext
from step.types import StreamType


class Identity(Primitive):
    """Passes a stream through unchanged."""

    rule = "A, S → A, S"
    example = "y = step.Identity().apply(x)"

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S → A, S."""
        return operands

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """The same data."""
        return operands
