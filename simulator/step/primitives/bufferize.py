"""Bufferize: innermost dimensions become a buffer."""

from __future__ import annotations

from step.dims import Shape
from step.primitives.accum import check_rank
from step.primitives.base import Data, Primitive, RunContext, TypeContext, parameter
from step.types import Buffer, ElementType, StreamType


class Bufferize(Primitive):
    """Gathers the a innermost dimensions into a buffer; the data is unchanged.

    If the element is already ``Buffer(X, T)``, the buffer grows: ``Buffer(X, T + S[:a])``. To bufferize a rank-0
    stream whole, Promote it with b=1 first.
    """

    rule = "A, S → Buffer(A, S[:a]), S[a:]   where 1 ≤ a ≤ rank"
    example = "rows = step.Bufferize(a=1).apply(x)"

    a: int = parameter("integer", "how many innermost dimensions go into the buffer, 1 to the rank", 1)

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S → Buffer(A, S[:a]), S[a:]."""
        stream = operands[0]
        check_rank(self.a, stream, "Bufferize", "a")
        shape = stream.known_shape
        return (StreamType(grow(stream.element, shape[: self.a]), shape[self.a :]),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """Axes change their meaning, not their place."""
        return (operands[0].with_axes(context.results[0].element, operands[0].axes - self.a),)


def grow(element: ElementType, dims: Shape) -> Buffer:
    """The buffer of elements; a buffer grows instead of holding buffers."""
    if isinstance(element, Buffer):
        return Buffer(element.element, element.dims + dims)
    return Buffer(element, dims)
