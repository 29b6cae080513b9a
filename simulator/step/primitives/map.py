"""Map: a function on every element."""

from __future__ import annotations

from step.function import Function
from step.primitives.base import (
    Data,
    Primitive,
    RuleViolation,
    RunContext,
    TypeContext,
    parameter,
    require_element,
    require_map,
)
from step.types import StreamType, fields_of, same_element, same_shape, tuple_of


class Map(Primitive):
    """Applies a function to every element of a stream.

    A tuple of streams is accepted and zipped first, left to right.
    """

    takes = ("*streams",)
    rule = "A, S → B, S   where fn: A → B"
    example = "y = step.Map(fn=square).apply(x)"

    fn: Function = parameter("function", "a map A → B, applied to one element")

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """A, S → B, S."""
        require_map(self.fn, "Map")
        joined = join(operands, "Map")
        require_element(self.fn, joined.element, "Map", self.at_fault(operands))
        return (StreamType(self.fn.result, joined.shape),)

    def at_fault(self, operands: tuple[StreamType, ...]) -> int:
        """The first operand whose elements are not what the function takes there."""
        needs = fields_of(self.fn.element)
        place = 0
        for index, operand in enumerate(operands):
            fields = fields_of(operand.element)
            wanted = needs[place : place + len(fields)]
            if len(wanted) < len(fields) or not all(map(same_element, wanted, fields)):
                return index
            place += len(fields)
        return len(operands) - 1

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """One batched call over all stream axes."""
        first = operands[0]
        return (Data(self.fn.result, first.axes, context.call(self.fn, operands, first.outer)),)


def join(operands: tuple[StreamType, ...], name: str) -> StreamType:
    """The type of streams zipped from left to right.

    Raises:
        RuleViolation: their shapes are not the same.
    """
    first = operands[0]
    for index, other in enumerate(operands[1:], 1):
        if not same_shape(first.shape, other.shape):
            raise RuleViolation(
                "STEP-SHAPE",
                f"{name} needs streams of the same shape: {first}; got {other}",
                operand=index,
                needs=str(first),
                got=str(other),
            )
    return StreamType(tuple_of(one for stream in operands for one in fields_of(stream.element)), first.shape)
