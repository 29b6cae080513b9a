"""A Map whose only consumer folds its result: it is computed piece by piece, so that the stream between never exists.

An outer product that is summed, or scalars that are multiplied and summed, make a stream far larger than anything that
goes in or comes out (1-language, section 7; the limit on memory is issue 2's).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from step.primitives.accum import Accum
from step.primitives.base import Array, Data
from step.primitives.map import Map
from step.primitives.scan import Scan
from step.program import Program
from step.simulate.fold.contract import contract
from step.simulate.fold.folding import BLOCK_BYTES
from step.simulate.fold.recognise import FieldFold
from step.simulate.functions import Batched
from step.types import ElementType

_SUM = (FieldFold(np.add, 0.0, 0),)
_LARGE = 2 * BLOCK_BYTES  # a stream below fits the cache as a whole


@dataclass(frozen=True)
class Deferred:
    """A Map that was not computed yet. ``outer`` are the sizes of its stream's dimensions, outermost first."""

    function: Batched
    element: ElementType
    operands: tuple[Data | Deferred, ...]
    outer: tuple[int, ...]

    @property
    def element_bytes(self) -> int:
        """The memory of one element of the result."""
        return self.function.result_bytes

    def part(self, index: tuple[slice, ...]) -> tuple[Array, ...]:
        """The arrays of a part of the stream: a slice for each of its first dimensions, the others whole."""
        arrays: list[Array] = []
        for operand in self.operands:
            if isinstance(operand, Deferred):
                arrays.extend(operand.part(index))
            else:
                arrays.extend(array[index] for array in operand.arrays)
        batch = (
            tuple(len(range(*one.indices(size))) for one, size in zip(index, self.outer, strict=False))
            + self.outer[len(index) :]
        )
        return self.function(tuple(arrays), batch)

    def contracted(self, fold: Batched) -> Array | None:
        """The sum of the stream along its last dimension as a matrix product; None if it is no sum of products."""
        product = self.function.product
        if product is None or self.function.contracted.get(fold.name) is False or fold.reduction != _SUM:
            return None
        if any(isinstance(operand, Deferred) for operand in self.operands) or 0 in self.outer:
            return None
        arrays = tuple(array for operand in self.operands for array in operand.arrays)  # type: ignore[union-attr]
        return contract(product, arrays, self.outer)

    def whole(self) -> Data:
        """The stream, computed."""
        return Data(self.element, len(self.outer), self.part(()))

    @property
    def is_large(self) -> bool:
        """Whether the stream is worth avoiding."""
        return self.function.product is not None or math.prod(self.outer) * self.element_bytes > _LARGE


def deferrable(program: Program) -> frozenset[int]:
    """The nodes that may be deferred: a Map whose result only a fold over one dimension consumes, or such a Map."""
    found: set[int] = set()
    for index in reversed(range(len(program.nodes))):
        node = program.nodes[index]
        if not isinstance(node.primitive, Map):
            continue
        (use, *others) = program.uses[program.first_results[index]] or (None,)
        if use is None or others or use.node is None:
            continue
        if use.node in found or folds_once(program, use.node):
            found.add(index)
    return frozenset(found)


def folds_once(program: Program, index: int) -> bool:
    """Whether a node is a fold over one dimension."""
    primitive = program.nodes[index].primitive
    return isinstance(primitive, (Accum, Scan)) and primitive.b == 1
