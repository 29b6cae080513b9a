"""Flatten: neighbouring dimensions become one."""

from __future__ import annotations

import math

from step.dims import product
from step.primitives.base import Data, Primitive, RuleViolation, RunContext, TypeContext, parameter
from step.types import StreamType


class Flatten(Primitive):
    """Joins neighbouring dimensions into one, their product; the data is unchanged.

    L holds consecutive positive indices i..j, innermost first: dimensions i-1..j become one. ``Flatten(L=[1])`` on
    ``[A, B, C]`` gives ``[A*B, C]``.
    """

    rule = "A, S → A, S[:i-1] + [S[i-1]*…*S[j]] + S[j+1:]   where L = [i, …, j]"
    example = "rows = step.Flatten(L=[1]).apply(x)"

    L: tuple[int, ...] = parameter("indices", "consecutive positive indices: each dimension joins the one inside it")

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """The product of dimensions i-1..j."""
        stream = operands[0]
        shape = stream.known_shape
        indices = self.L
        if not indices or list(indices) != list(range(indices[0], indices[0] + len(indices))) or indices[0] < 1:
            raise RuleViolation(
                "STEP-RANK",
                f"Flatten needs consecutive positive indices, such as L=[1] or L=[1, 2]; got L={list(indices)}",
                parameter="L",
            )
        if indices[-1] > stream.rank:
            raise RuleViolation(
                "STEP-RANK",
                f"Flatten: index {indices[-1]} is past the rank {stream.rank} of {stream}",
                parameter="L",
                needs=f"1 ≤ index ≤ {stream.rank}",
                got=f"L={list(indices)}",
            )
        first, last = indices[0] - 1, indices[-1]
        joined = product(shape[first : last + 1])
        return (StreamType(stream.element, (*shape[:first], joined, *shape[last + 1 :])),)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """A reshape."""
        stream = operands[0]
        sizes = stream.outer[::-1]
        first, last = self.L[0] - 1, self.L[-1]
        joined = (*sizes[:first], math.prod(sizes[first : last + 1]), *sizes[last + 1 :])
        return (stream.with_axes(stream.element, len(joined), joined[::-1]),)
