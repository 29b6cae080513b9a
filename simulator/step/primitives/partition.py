"""Partition: element groups to experts."""

from __future__ import annotations

import math

import numpy as np

from step.dims import Dim, as_dim, show_shape
from step.primitives.base import (
    Array,
    Data,
    ExecutionError,
    Primitive,
    RuleViolation,
    RunContext,
    TypeContext,
    parameter,
)
from step.types import Multihot, StreamType, Unknown, same_dim, same_shape


class Partition(Primitive):
    """Routes groups of elements to N experts, as an index stream of multihots says.

    The data's shape must be ``base + T``, where T is the index's: a group of shape base goes to every expert whose
    bit is set, in stream order. Each expert's stream gets a dimension of its own that is known only when data flows.
    """

    takes = ("data", "index")
    gives = "list"
    each = "expert"
    rule = "A, base + T and Multihot(_, N), T → N streams of A, base + [dyn_i]"
    example = "parts = step.Partition(N=E).apply((x, index))"

    N: Dim | int = parameter("dim", "how many experts: the multihot's length")

    @property
    def results(self) -> int:
        """N, where it is a number."""
        count = None if isinstance(self.N, Unknown) else as_dim(self.N)
        return count.numerator if count is not None and count.is_number else 1

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """N streams of A, base + [dyn_i]."""
        data, index = operands
        if not as_dim(self.N).is_number:
            raise RuleViolation(
                "STEP-PARAM",
                f"Partition needs a fixed number of experts; {self.N} varies: declare it with "
                f'step.dim("{self.N}", …, fixed=True)',
                parameter="N",
                needs="a whole number or a fixed dimension",
                got=str(self.N),
            )
        check_index(self.N, index, "Partition", parameter="N", operand=1)
        shape, groups = data.known_shape, index.known_shape
        base = shape[: len(shape) - len(groups)]
        if len(groups) > len(shape) or not same_shape(shape[len(base) :], groups):
            raise RuleViolation(
                "STEP-SHAPE",
                f"Partition needs data of shape base + {show_shape(groups)}, the index's; got {data}",
                operand=0,
                needs=f"{data.element}, base + {show_shape(groups)}",
                got=str(data),
            )
        return tuple(StreamType(data.element, (*base, context.fresh(expert))) for expert in range(self.results))

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """One selection an expert."""
        data, index = operands
        bits = selection(index, "Partition")
        base = data.outer[index.axes :]
        flat = data.with_axes(data.element, len(base) + 1, (len(bits), *base))
        return tuple(
            Data(data.element, flat.axes, tuple(array[bits[:, expert]] for array in flat.arrays))
            for expert in range(context.size(self.N))
        )


def check_index(count: Dim | int, index: StreamType, name: str, *, parameter: str | None, operand: int) -> None:
    """An index stream must be of multihots of the length that the number of experts asks for.

    Raises:
        RuleViolation: it is not.
    """
    if isinstance(index.element, Unknown):
        return
    if not isinstance(index.element, Multihot):
        raise RuleViolation(
            "STEP-TYPE",
            f"{name} needs an index stream of Multihot(_, {count}); got {index}",
            operand=operand,
            needs=f"Multihot(_, {count})",
            got=str(index.element),
        )
    if not same_dim(index.element.length, as_dim(count)):
        raise RuleViolation(
            "STEP-SHAPE",
            f"{name}: the index has {index.element.length} bits, for {index.element.length} experts; got {count}",
            operand=None if parameter else operand,
            parameter=parameter,
            needs=f"{index.element.length} experts",
            got=str(count),
        )


def selection(index: Data, name: str) -> Array:
    """The bits of an index stream, as booleans of shape (positions, experts).

    Raises:
        ExecutionError: a multihot holds something else than 0 and 1.
    """
    values = index.arrays[0]
    flat = values.reshape(math.prod(index.outer), values.shape[-1])
    bits: Array = flat != 0
    if not np.array_equal(flat, bits):
        raise ExecutionError(
            "STEP-DATA", f"{name}: the index holds values other than 0 and 1; a Multihot has only those"
        )
    return bits
