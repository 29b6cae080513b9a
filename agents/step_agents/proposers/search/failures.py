"""Functions that fail while the search applies them: which, where, and whether they ever gave anything.

A function may rightly refuse some values (a root of negative numbers), so single failures say nothing. One that gave
nothing on any input is what its author wants to know of, even where a body was found that does without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from step.dims import Dim, Shape, show_shape
from step.function import Function
from step.primitives.base import Array
from step.program import StreamSpec
from step.simulate.errors import SimulationError
from step.simulate.functions import FunctionTable
from step.simulate.make import make_stream
from step.types import ElementType, StreamType, fields_of

from step_agents.faults import Fault

SHOWN = 3
"""Shapes that a message names."""
PROBES = ("normal", "uniform", "ones")
"""The data that a function which always failed is tried on once more, one element at a time: in a batch one bad
element among many is enough to fail."""


@dataclass(eq=False, slots=True)
class Record:
    """What functions did: ``worked`` holds those that gave something, ``failed`` the first error of each that failed,
    ``tried`` the stream shapes over which they failed."""

    worked: set[str] = field(default_factory=set)
    failed: dict[str, SimulationError] = field(default_factory=dict)
    tried: dict[str, dict[Shape, None]] = field(default_factory=dict)

    def note(self, error: SimulationError, target: Shape) -> None:
        """Notes that a function failed on a stream of this shape; what is no function's fault is left out."""
        if error.function is not None:
            self.failed.setdefault(error.function, error)
            self.tried.setdefault(error.function, {}).setdefault(target)

    def add(self, other: Record) -> None:
        """Notes all that another record holds."""
        self.worked |= other.worked
        for name, error in other.failed.items():
            self.failed.setdefault(name, error)
            self.tried.setdefault(name, {}).update(other.tried[name])


def faults_of(record: Record, functions: Sequence[Function], table: FunctionTable) -> tuple[Fault, ...]:
    """The functions that failed, in the module's order."""
    found = []
    for function in functions:
        error = record.failed.get(function.name)
        if error is None:
            continue
        always = function.name not in record.worked and not any(_succeeds(function, table))
        line = error.span.line if error.span is not None else None
        tried = tuple(_tried(function.element, tuple(record.tried[function.name])))
        found.append(Fault(function.name, error.code, error.message, line, tried, always))
    return tuple(found)


def _tried(element: ElementType, targets: Sequence[Shape]) -> Iterator[str]:
    for target in targets[:SHOWN]:
        yield f"{element}, {show_shape(target or (Dim.number(1),))}"
    if len(targets) > SHOWN:
        yield f"{len(targets) - SHOWN} more"


def _succeeds(function: Function, table: FunctionTable) -> Iterator[bool]:
    """Whether a function gives something on single elements, one kind of data after the other."""
    for data in PROBES:
        generator = np.random.default_rng(0xFA17)
        try:
            called = table.batched(function.name)
            arrays = [*_state(function, table), *_element(function.element, data, table, generator)]
            with np.errstate(all="ignore"):
                called(tuple(arrays), (1,))
        except SimulationError:
            yield False
        else:
            yield True


def _element(
    element: ElementType, data: str, table: FunctionTable, generator: np.random.Generator
) -> tuple[Array, ...]:
    """One element's arrays, with a batch axis of one."""
    spec = StreamSpec(StreamType(element, ()), data)
    return tuple(array[None] for array in make_stream(spec, table.sizes, generator, table.precision).arrays)


def _state(function: Function, table: FunctionTable) -> Iterator[Array]:
    """The init state of a fold, with a batch axis of one."""
    leaves = iter(table.batched(function.name).signature.result_leaves)
    for part, value in zip(fields_of(function.result), function.init or (), strict=False):
        for _ in part.leaves:
            leaf = next(leaves)
            yield np.full((1, *leaf.shape), value, leaf.dtype)
