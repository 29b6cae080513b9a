"""How each stage of a fold is computed for one batch, and where its results go."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from step.primitives.base import Array
from step.simulate.fold.linear import WeightedSum, pays, weighted_sum
from step.simulate.fold.schedule import Cycle, Schedule, Whole
from step.simulate.fold.tape import Ref
from step.simulate.fold.varying import Shape

_ACCUMULATED = 512
"""Numbers of one step up to which NumPy's ``accumulate``, which strides, beats a call for each step."""

_ROWS = 4
"""How many times the memory of a chunk the rows of a sum may take that is taken in steps after all."""


@dataclass(frozen=True, slots=True)
class Accumulate:
    """A recurrence of one operation, gone through by NumPy; ``values`` is its other operand."""

    field: int
    ufunc: np.ufunc
    values: Ref


Way = Whole | Accumulate | WeightedSum | Cycle
"""An operation for all elements at once; a recurrence by NumPy's accumulate, as a sum, or in steps."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule for one batch.

    Attributes:
        ways: what is computed, in order.
        remembered: the fields whose values after every element of a chunk are kept.
        between: the operations whose results for a whole chunk are kept, and that give no field's new value.
    """

    schedule: Schedule
    shapes: Sequence[Shape]
    ways: tuple[Way, ...]
    remembered: frozenset[int]
    between: tuple[Ref, ...]

    @property
    def step_numbers(self) -> int:
        """How many numbers an element of a chunk needs."""
        kept = (*self.remembered, *self.between)
        summed = (way.field for way in self.ways if isinstance(way, WeightedSum))
        # A sum that has to be taken in steps after all computes its rows then.
        return sum(math.prod(self.shapes[one]) for one in kept) + sum(
            math.prod(self.shapes[field]) // _ROWS for field in summed
        )

    @property
    def cycles(self) -> dict[int, Cycle]:
        """The recurrences by their first field."""
        return {stage.fields[0]: stage for stage in self.schedule.stages if isinstance(stage, Cycle)}


def plan_of(schedule: Schedule, shapes: Sequence[Shape], lead: int, length: int, every: bool) -> Plan:
    """The plan for values of these shapes (as :func:`step.simulate.fold.varying.varying_shapes` tells them).

    Args:
        lead: how many axes the batch has.
        length: how many elements are folded.
        every: whether the states after each element are wanted.
    """
    tape = schedule.tape
    inputs = len(tape.shapes)
    own = {ref for number, ref in enumerate(tape.outputs) if number not in schedule.constant}
    whole = {stage.ref for stage in schedule.stages if isinstance(stage, Whole)}
    products = {
        ref: (operation.ufunc, operation.operands)
        for ref, operation in enumerate(tape.operations, inputs)
        if ref in whole and ref not in own
    }

    def is_number(operand: Ref | Array) -> bool:
        return set(shapes[operand][lead:] if isinstance(operand, int) else operand.shape) <= {1}

    def way(stage: Whole | Cycle) -> Way:
        if isinstance(stage, Whole):
            return stage
        numbers = math.prod(shapes[stage.fields[0]])
        if stage.values is not None and numbers <= _ACCUMULATED:
            return Accumulate(stage.fields[0], tape.operations[stage.refs[0] - inputs].ufunc, stage.values)
        if stage.links is not None and not every:
            weights = math.prod(shapes[stage.fields[0]][:lead])
            found = weighted_sum(stage.fields[0], stage.links, is_number, products)
            if found is not None and pays(numbers, weights, length):
                return found
        return stage

    ways = [way(stage) for stage in schedule.stages]
    needed: list[Way] = []
    read = set[Ref]()
    for one in reversed(ways):
        if not isinstance(one, Whole) or one.ref in own or one.ref in read:
            needed.append(one)
            read.update(reads(schedule, one))
    needed.reverse()
    inside = {one.field for one in needed if isinstance(one, WeightedSum)}
    inside |= {field for one in needed if isinstance(one, Cycle) for field in one.fields}
    fields = frozenset(range(tape.fields)) - schedule.constant
    between = [one.ref for one in needed if isinstance(one, Whole)] + sorted(schedule.kept)
    return Plan(
        schedule,
        shapes,
        tuple(needed),
        fields if every else (fields - inside) | schedule.remembered,
        tuple(ref for ref in between if ref not in own),
    )


def reads(schedule: Schedule, way: Way) -> Iterable[Ref]:
    """What a way is computed from."""
    if isinstance(way, Accumulate):
        return (way.values,)
    if isinstance(way, WeightedSum):
        return (one for one in way.reads if isinstance(one, int))
    refs = (way.ref,) if isinstance(way, Whole) else way.refs
    inputs = len(schedule.tape.shapes)
    return (one for ref in refs for one in schedule.tape.operations[ref - inputs].operands if isinstance(one, int))
