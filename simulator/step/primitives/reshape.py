"""Reshape: a dimension becomes blocks."""

from __future__ import annotations

from step.dims import Dim, as_dim
from step.primitives.base import (
    Data,
    ExecutionError,
    Primitive,
    RuleViolation,
    RunContext,
    TypeContext,
    parameter,
)
from step.types import StreamType


class Reshape(Primitive):
    """Splits each dimension d of L into blocks of S: ``[S, d/S]`` in its place.

    L holds 0-based indices, innermost first. S must divide d; the rank grows by ``len(L)``.
    """

    rule = "A, S' → each dimension d in L becomes S, d/S"
    example = "blocks = step.Reshape(L=[0], S=4).apply(x)"

    L: tuple[int, ...] = parameter("indices", "0-based indices of the dimensions to split, innermost first")
    S: Dim | int = parameter("dim", "the block's size: it must divide each of the dimensions")

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """Each dimension d in L becomes S, d/S."""
        stream = operands[0]
        shape = stream.known_shape
        block = as_dim(self.S)
        if len(set(self.L)) != len(self.L) or not self.L or not all(0 <= index < len(shape) for index in self.L):
            raise RuleViolation(
                "STEP-RANK",
                f"Reshape needs distinct indices from 0 to {stream.rank} for {stream}; got L={list(self.L)}",
                parameter="L",
                needs=f"0 ≤ index ≤ {stream.rank}",
                got=f"L={list(self.L)}",
            )
        if block.is_number and block.numerator == 0:
            raise RuleViolation("STEP-SHAPE", "Reshape: a block of 0 divides nothing", parameter="S")
        dims: list[Dim] = []
        for index, dim in enumerate(shape):
            if index not in self.L:
                dims.append(dim)
                continue
            blocks = dim / block
            if not blocks.factors and blocks.denominator != 1:
                raise RuleViolation(
                    "STEP-SHAPE",
                    f"Reshape: {block} does not divide dimension {index} of {stream}",
                    parameter="S",
                    needs=f"a divisor of {dim}",
                    got=str(block),
                )
            dims.extend((block, blocks))
        return (StreamType(stream.element, tuple(dims)),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """A reshape."""
        stream = operands[0]
        block = context.size(self.S)
        sizes: list[int] = []
        for index, size in enumerate(stream.outer[::-1]):
            if index not in self.L:
                sizes.append(size)
                continue
            if block == 0 or size % block:
                raise ExecutionError(
                    "STEP-SIZE",
                    f"Reshape: a block of {self.S} = {block} does not divide dimension {index}, which is {size} here; "
                    "declare the dimension with multiple_of",
                )
            sizes.extend((block, size // block))
        return (stream.with_axes(stream.element, len(sizes), tuple(reversed(sizes))),)
