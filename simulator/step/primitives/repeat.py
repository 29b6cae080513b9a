"""Repeat: each element several times."""

from __future__ import annotations

import numpy as np

from step.dims import Dim, as_dim
from step.primitives.base import Data, Primitive, RunContext, TypeContext, parameter
from step.types import ElementType, StreamType


class Repeat(Primitive):
    """Gives each element n times, as a new innermost dimension.

    To repeat along a dimension that is not innermost (from [S] to [S, H]): Promote, Bufferize, Repeat, Flatten,
    Streamify.
    """

    aliases = ("RepeatLast",)
    rule = "A, S → A, [n] + S"
    example = "scales = step.Repeat(n=D).apply(scale)"

    n: Dim | int = parameter("dim", "how many times: a dimension, a number or a product")

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S → A, [n] + S."""
        stream = operands[0]
        return (StreamType(stream.element, (as_dim(self.n), *stream.known_shape)),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """A view: nothing is copied."""
        return (repeat(operands[0], context.size(self.n), context.results[0].element),)


def repeat(stream: Data, count: int, element: ElementType) -> Data:
    """Each element ``count`` times, along a new last stream axis."""
    axes = stream.axes
    index = (*(slice(None),) * axes, None)
    arrays = tuple(
        np.broadcast_to(array[index], (*array.shape[:axes], count, *array.shape[axes:])) for array in stream.arrays
    )
    return Data(element, axes + 1, arrays)
