"""The program graph: the one currency of the checker, the simulator, the guardian, the search and the renderer.

A program is a directed acyclic graph in static single assignment form. Values are numbered: first the operator's
inputs, then each node's results in the order of the nodes. Programs are immutable, hashable and comparable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from step.dims import Shape
from step.primitives.base import Data, ExecutionError, Primitive, RunContext, TypeContext
from step.types import UNKNOWN_STREAM, StreamType

Value = int
"""The number of a stream in its program."""


@dataclass(frozen=True, slots=True)
class Node:
    """One application of a primitive to streams. ``results`` is how many streams it gives."""

    primitive: Primitive
    operands: tuple[Value, ...]
    results: int


@dataclass(frozen=True)
class Program:
    """A graph of primitives. ``names`` are the names people gave to values; they carry no meaning.

    Raises:
        ValueError: a node or an output uses a value that is not made before it.
    """

    inputs: int
    nodes: tuple[Node, ...]
    outputs: tuple[Value, ...]
    names: tuple[str | None, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        made = self.inputs
        for node in self.nodes:
            if any(not 0 <= operand < made for operand in node.operands):
                raise ValueError(f"{node.primitive} uses a value that is not made before it")
            made += node.results
        if any(not 0 <= output < made for output in self.outputs):
            raise ValueError("an output is not a value of the program")

    @cached_property
    def first_results(self) -> tuple[Value, ...]:
        """The first result of each node."""
        firsts, made = [], self.inputs
        for node in self.nodes:
            firsts.append(made)
            made += node.results
        return tuple(firsts)

    @property
    def size(self) -> int:
        """How many values there are."""
        return self.inputs + sum(node.results for node in self.nodes)

    @property
    def length(self) -> int:
        """How many primitives there are, Copy apart: the length that programs are compared by."""
        return sum(node.primitive.name != "Copy" for node in self.nodes)

    def results_of(self, index: int) -> range:
        """The values that a node makes."""
        first = self.first_results[index]
        return range(first, first + self.nodes[index].results)

    @cached_property
    def producers(self) -> tuple[int | None, ...]:
        """For each value the index of the node that makes it; None for an input."""
        makers: list[int | None] = [None] * self.inputs
        for index, node in enumerate(self.nodes):
            makers.extend([index] * node.results)
        return tuple(makers)

    @cached_property
    def uses(self) -> Mapping[Value, tuple[Use, ...]]:
        """For each value where it is consumed, in order; an output is a use too."""
        found: dict[Value, list[Use]] = {value: [] for value in range(self.size)}
        for index, node in enumerate(self.nodes):
            for slot, operand in enumerate(node.operands):
                found[operand].append(Use(index, slot))
        for slot, output in enumerate(self.outputs):
            found[output].append(Use(None, slot))
        return {value: tuple(uses) for value, uses in found.items()}

    @property
    def is_complete(self) -> bool:
        """Whether everything in it could be read."""
        return not any(isinstance(node.primitive, Opaque) for node in self.nodes)

    def name_of(self, value: Value) -> str | None:
        """The name a person gave to a value."""
        return self.names[value] if value < len(self.names) else None

    def with_names(self, names: Iterable[str | None]) -> Program:
        """The same program with other names."""
        return replace(self, names=tuple(names))


@dataclass(frozen=True, slots=True)
class Use:
    """Where a value is consumed: an operand of a node, or (``node`` None) an output."""

    node: int | None
    slot: int


class Opaque(Primitive):
    """Stands where a body has something that could not be read: its operands are consumed, its result is unknown."""

    takes = ("*streams",)

    @classmethod
    def check_count(cls, count: int) -> None:
        """Any number will do."""

    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """Nothing is known."""
        return (UNKNOWN_STREAM,)

    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """A program with holes never runs.

        Raises:
            ExecutionError: always.
        """
        raise ExecutionError("STEP-SUBSET", "a part of the body could not be read")


class Builder:
    """Makes a program node by node."""

    def __init__(self, inputs: int, names: Iterable[str | None] = ()) -> None:
        self.inputs = inputs
        self.nodes: list[Node] = []
        self.names: list[str | None] = list(names) or [None] * inputs
        self._made = inputs

    @property
    def size(self) -> int:
        """How many values there are so far."""
        return self._made

    def add(self, primitive: Primitive, operands: Iterable[Value], results: int | None = None) -> range:
        """Appends a node; returns the values it makes."""
        count = primitive.results if results is None else results
        self.nodes.append(Node(primitive, tuple(operands), count))
        self.names.extend([None] * count)
        self._made += count
        return range(self._made - count, self._made)

    def name(self, value: Value, name: str) -> None:
        """Names a value."""
        self.names[value] = name

    def build(self, outputs: Iterable[Value]) -> Program:
        """The program so far, with these outputs."""
        return Program(self.inputs, tuple(self.nodes), tuple(outputs), tuple(self.names))


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """The specification of an input or output stream: its type and the data a check makes for it.

    ``data`` is "normal", "uniform", "ones" or "binary", times ``scale``; ``ones`` is how many bits of a Multihot are
    set, lowest and highest.
    """

    type: StreamType
    data: str = "normal"
    scale: float = 1.0
    ones: tuple[int, int] | None = None

    @property
    def shape(self) -> Shape:
        """The stream's dimensions, innermost first."""
        return self.type.known_shape


@dataclass(frozen=True, slots=True)
class Specification:
    """What an operator shall compute, without the reference: names and specifications of its streams."""

    name: str
    inputs: tuple[tuple[str, StreamSpec], ...]
    outputs: tuple[StreamSpec, ...]

    @property
    def input_types(self) -> tuple[StreamType, ...]:
        """The inputs' types, in order."""
        return tuple(spec.type for _, spec in self.inputs)

    @property
    def output_types(self) -> tuple[StreamType, ...]:
        """The outputs' types, in order."""
        return tuple(spec.type for spec in self.outputs)

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self.inputs)
