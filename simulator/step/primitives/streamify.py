"""Streamify: a buffer becomes innermost dimensions."""

from __future__ import annotations

from step.primitives.base import Data, Primitive, RuleViolation, RunContext, TypeContext
from step.types import UNKNOWN_STREAM, Buffer, StreamType, Unknown


class Streamify(Primitive):
    """Empties every buffer of a stream into it; the data is unchanged.

    The whole buffer is emptied, so it undoes a Bufferize only if the elements were no buffers before.
    """

    rule = "Buffer(X, T), S → X, T + S"
    example = "elements = step.Streamify().apply(rows)"

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """Buffer(X, T), S → X, T + S."""
        stream = operands[0]
        if isinstance(stream.element, Unknown):
            return (UNKNOWN_STREAM,)
        if not isinstance(stream.element, Buffer):
            raise RuleViolation(
                "STEP-TYPE",
                f"Streamify needs a stream of buffers; got {stream}",
                operand=0,
                needs="Buffer(X, T), S",
                got=str(stream),
            )
        return (StreamType(stream.element.element, stream.element.dims + stream.known_shape),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """Axes change their meaning, not their place."""
        result = context.results[0]
        return (operands[0].with_axes(result.element, len(result.known_shape)),)
