"""Type inference over a program: the type of every value, and where a primitive's rule does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from step.dims import Dim, SizeError, dynamic_symbol
from step.primitives.base import RuleViolation
from step.program import Node, Program
from step.types import UNKNOWN_STREAM, StreamType, Unknown, axes_of, fields_of

MAX_AXES = 64
"""An array of NumPy has no more axes, so no stream has more dimensions, its elements' included."""
MAX_FIELDS = 64
"""A tuple of more fields is no element of hardware; without a bound, Zips double it again and again."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not hold at a node."""

    node: int
    violation: RuleViolation


@dataclass(frozen=True, slots=True)
class Typing:
    """The type of each value of a program (unknown where it cannot be known), and the violations."""

    types: tuple[StreamType, ...]
    violations: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        """Whether every rule holds and every type is known."""
        return not self.violations and all(one.is_known for one in self.types)


class _Context:
    def __init__(self, partition: int) -> None:
        self._partition = partition

    def fresh(self, expert: int) -> Dim:
        return Dim.symbol(dynamic_symbol(self._partition, expert))


def infer(program: Program, inputs: Sequence[StreamType]) -> Typing:
    """The types of all values, from the inputs' types. Never raises: what cannot be known is unknown."""
    types: list[StreamType] = list(inputs)
    violations: list[Violation] = []
    partitions = 0
    for index, node in enumerate(program.nodes):
        operands = tuple(types[operand] for operand in node.operands)
        try:
            results = infer_node(node, operands, partitions)
        except RuleViolation as violation:
            violations.append(Violation(index, violation))
            results = (UNKNOWN_STREAM,) * node.results
        partitions += node.primitive.gives == "list"
        types.extend(results)
    return Typing(tuple(types), tuple(violations))


def infer_node(node: Node, operands: tuple[StreamType, ...], partition: int) -> tuple[StreamType, ...]:
    """The types of one node's results; ``partition`` numbers its dynamic dimensions.

    Raises:
        RuleViolation: the primitive's rule does not hold.
    """
    primitive = node.primitive
    unknown = (UNKNOWN_STREAM,) * node.results
    primitive.check_count(len(operands))
    if any(isinstance(getattr(primitive, one.name), Unknown) for one in fields(primitive)):
        return unknown
    if any(operand.shape is None for operand in operands):
        return unknown
    try:
        results = primitive.infer(operands, _Context(partition))
    except SizeError as error:
        raise RuleViolation("STEP-SHAPE", f"{primitive.name}: {error}") from None
    _check_bounds(results, primitive.name)
    return results if len(results) == node.results else unknown


def _check_bounds(results: tuple[StreamType, ...], name: str) -> None:
    for one in results[:1]:
        if len(fields_of(one.element)) > MAX_FIELDS:
            raise RuleViolation("STEP-TYPE", f"{name} makes a tuple of more than {MAX_FIELDS} fields")
        axes = axes_of(one.element) + len(one.shape or ())
        if axes > MAX_AXES:
            raise RuleViolation(
                "STEP-RANK", f"{name} makes a stream of {axes} dimensions, its elements' included: {MAX_AXES} at most"
            )
