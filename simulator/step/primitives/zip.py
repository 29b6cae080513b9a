"""Zip: two streams side by side."""

from __future__ import annotations

from step.primitives.base import Data, Primitive, RunContext, TypeContext
from step.primitives.map import join
from step.types import StreamType, fields_of, tuple_of


class Zip(Primitive):
    """Pairs the elements of exactly two streams of the same shape.

    Tuples are spliced: ``(A, B)`` with ``C`` gives ``(A, B, C)``.
    """

    takes = ("first", "second")
    rule = "A, S and B, S → (A, B), S"
    example = "pairs = step.Zip().apply((x, y))"

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S and B, S → (A, B), S."""
        return (join(operands, "Zip"),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """Data unchanged: the fields side by side."""
        first, second = operands
        element = tuple_of((*fields_of(first.element), *fields_of(second.element)))
        return (Data(element, first.axes, (*first.arrays, *second.arrays)),)
