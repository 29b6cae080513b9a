"""Promote: a new dimension of one."""

from __future__ import annotations

from step.dims import ONE
from step.primitives.base import Data, Primitive, RuleViolation, RunContext, TypeContext, parameter
from step.types import StreamType


class Promote(Primitive):
    """Inserts a dimension of 1 with b dimensions inside it; the data is unchanged.

    Folding or bufferizing a rank-0 stream whole takes a Promote(b=1) first.
    """

    rule = "A, S → A, S[:b] + [1] + S[b:]   where 0 ≤ b ≤ rank + 1"
    example = "x1 = step.Promote(b=1).apply(x)"

    b: int = parameter("integer", "how many dimensions stay inside the new one, 0 to rank + 1")

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S → A, S[:b] + [1] + S[b:]."""
        stream = operands[0]
        shape = stream.known_shape
        if not 0 <= self.b <= len(shape):
            raise RuleViolation(
                "STEP-RANK",
                f"Promote needs 0 ≤ b ≤ rank + 1; got b={self.b} on rank {stream.rank} ({stream}): "
                f"use 0 to {len(shape)}",
                parameter="b",
                needs=f"0 ≤ b ≤ {len(shape)}",
                got=f"b={self.b}",
            )
        return (StreamType(stream.element, (*shape[: self.b], ONE, *shape[self.b :])),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """A view: nothing is copied."""
        stream = operands[0]
        outer = stream.outer
        at = stream.axes - self.b
        return (stream.with_axes(stream.element, stream.axes + 1, (*outer[:at], 1, *outer[at:])),)
