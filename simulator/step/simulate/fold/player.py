"""Carries out the plan of a recorded fold.

The elements are gone through in chunks, so that everything in between stays in the processor's cache: within a chunk,
one way after the other. All arrays have the folded axis first, then the batch's axes, then an element's; an axis along
which nothing varies has size 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from step.primitives.base import Array
from step.simulate.fold.linear import Unsafe, WeightedSum, summed
from step.simulate.fold.rows import Rows
from step.simulate.fold.schedule import Cycle, Whole
from step.simulate.fold.tape import Operation, Ref
from step.simulate.fold.varying import Shape, without_repeats
from step.simulate.fold.ways import Accumulate, Plan, Way, reads

BUFFER_BYTES = 2 << 20
"""What a chunk takes, all its arrays together."""


class Player:
    """A plan with its buffers."""

    def __init__(self, plan: Plan, lead: int, length: int) -> None:
        self.plan, self.schedule, self.tape = plan, plan.schedule, plan.schedule.tape
        self.lead, self.length, self.inputs = lead, length, len(self.tape.shapes)
        self.varying = [number for number in range(self.tape.fields) if number not in self.schedule.constant]
        self.field_of = {self.tape.outputs[number]: number for number in self.varying}
        step_bytes = plan.step_numbers * self.tape.dtypes[0].itemsize
        self.chunk = min(max(BUFFER_BYTES // max(step_bytes, 1), 1), length)
        self.nbytes = 0
        # A field's value before the chunk, and after each of its elements; of other fields, the current value.
        self.history = {field: self._buffer(field, self.chunk + 1) for field in plan.remembered}
        self.current = {field: self._buffer(field) for field in self.varying if field not in self.history}
        self.results = self._placed(plan.ways, set(plan.between), self.chunk)
        self.scratch: dict[Ref, Array] = {}
        for way in plan.ways:
            if isinstance(way, Cycle):
                self._with_scratch(way)
        self.first = self.size = 0
        self.state: Sequence[Array] = ()
        self.elements: Sequence[Array] = ()

    def play(self, state: Sequence[Array], elements: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        """The last state; the player can play again.

        Args:
            state: the state before.
            elements: the element's arrays, without repeats, the folded axis first.
            states: where the states after each element go, if they are wanted.
        """
        self.state, self.elements = state, elements
        for field in self.varying:
            start = without_repeats(state[field], self.plan.shapes[field])
            if field in self.history:
                self.history[field][0] = start
            else:
                self.current[field][...] = start
        for first in range(0, self.length, self.chunk):
            self.first, self.size = first, min(self.chunk, self.length - first)
            for way in self.plan.ways:
                self._run(way)
            for field, array in self.history.items():
                if states:
                    states[field][first : first + self.size] = array[1 : self.size + 1]
                array[0] = array[self.size]
        if states:
            for field in self.schedule.constant:
                states[field][...] = state[field]
        self.state = self.elements = ()
        return [
            state[field] if field in self.schedule.constant
            else (self.history[field][0] if field in self.history else self.current[field]).copy()
            for field in range(self.tape.fields)
        ]  # fmt: skip

    # Buffers.

    def _buffer(self, ref: Ref, *folded: int) -> Array:
        buffer = np.empty((*folded, *self.plan.shapes[ref]), self.tape.dtypes[0])
        self.nbytes += buffer.nbytes
        return buffer

    def _placed(self, ways: Sequence[Way], wanted: set[Ref], *folded: int) -> dict[Ref, Array]:
        """An array for each wanted result of these ways; one that nothing reads any more is used again."""
        last = {ref: at for at, way in enumerate(ways) for ref in reads(self.schedule, way)}
        placed: dict[Ref, Array] = {}
        free: dict[Shape, list[Array]] = {}
        for at, way in enumerate(ways):
            done = [ref for ref in placed if last[ref] == at]
            if isinstance(way, Whole):
                self._release(done, placed, free)  # an operation may write where it reads
            for ref in (way.ref,) if isinstance(way, Whole) else way.refs if isinstance(way, Cycle) else ():
                if ref in wanted:
                    pool = free.get(self.plan.shapes[ref])
                    placed[ref] = pool.pop() if pool else self._buffer(ref, *folded)
            if not isinstance(way, Whole):
                self._release(done, placed, free)
        return placed

    def _release(self, refs: Iterable[Ref], placed: dict[Ref, Array], free: dict[Shape, list[Array]]) -> None:
        for ref in refs:
            free.setdefault(self.plan.shapes[ref], []).append(placed[ref])

    def _with_scratch(self, cycle: Cycle) -> None:
        """Arrays of one step for the operations of a cycle whose results only the same step needs."""
        wanted = {ref for ref in cycle.refs if ref not in self.field_of and ref not in self.schedule.kept}
        self.scratch.update(self._placed([Whole(ref) for ref in cycle.refs], wanted))

    # Reading and writing.

    def _operation(self, ref: Ref) -> Operation:
        return self.tape.operations[ref - self.inputs]

    def _read(self, operand: Ref | Array, rank: int) -> Array:
        """The values of an operand for the chunk's elements, aligned to results of a rank. The first axis has size 1
        if they do not change with the element."""
        if not isinstance(operand, int):
            return operand[(None,) * (1 + self.lead + rank - operand.ndim)]
        if operand in self.schedule.constant:
            array = without_repeats(self.state[operand], self.plan.shapes[operand])[None]
        elif operand < self.tape.fields:
            array = self.history[operand][: self.size]
        elif operand < self.inputs:
            array = self.elements[operand - self.tape.fields][self.first : self.first + self.size]
        elif operand in self.field_of:
            array = self.history[self.field_of[operand]][1 : self.size + 1]
        else:
            array = self.results[operand][: self.size]
        return self._aligned(array, 1 + self.lead, rank)

    def _read_again(self, operand: Ref | Array, rank: int, known: set[Ref]) -> Array:
        """As :meth:`_read`, but what is not among the known is computed."""
        if not isinstance(operand, int) or operand in known or operand < self.inputs or operand in self.field_of:
            return self._read(operand, rank)
        operation = self._operation(operand)
        own = len(operation.shape)
        operands = [self._read_again(one, own, known) for one in operation.operands]
        return self._aligned(np.asarray(operation.ufunc(*operands)), 1 + self.lead, rank)

    def _aligned(self, array: Array, lead: int, rank: int) -> Array:
        missing = rank - (array.ndim - lead)
        return array[(*(slice(None),) * lead, *(None,) * missing)] if missing > 0 else array

    def _written(self, ref: Ref) -> Array:
        """Where an operation's results for the chunk go."""
        if ref in self.field_of:
            return self.history[self.field_of[ref]][1 : self.size + 1]
        return self.results[ref][: self.size]

    # The ways.

    def _run(self, way: Way) -> None:
        if isinstance(way, Whole):
            operation = self._operation(way.ref)
            operands = [self._read(one, len(operation.shape)) for one in operation.operands]
            operation.ufunc(*operands, out=self._written(way.ref))
        elif isinstance(way, Accumulate):
            array = self.history[way.field][: self.size + 1]
            array[1:] = self._read(way.values, len(self.tape.shapes[way.field]))
            way.ufunc.accumulate(array, axis=0, out=array)
        elif isinstance(way, WeightedSum):
            self._sum(way)
        else:
            self._steps(way, self._read)

    def _sum(self, way: WeightedSum) -> None:
        state = self.current[way.field]
        axes = state.ndim - self.lead
        try:
            state[...] = summed(way, lambda one: self._read(one, axes), state, self.size, self.lead)
        except Unsafe:
            cycle, known = self.plan.cycles[way.field], {one for one in way.reads if isinstance(one, int)}
            self._with_scratch(cycle)
            self._steps(cycle, lambda operand, rank: self._read_again(operand, rank, known))

    def _steps(self, cycle: Cycle, read: Callable[[Ref | Array, int], Array]) -> None:
        rows = Rows()
        inside = {*cycle.fields, *cycle.refs}
        program = []
        for ref in cycle.refs:
            operation = self._operation(ref)
            rank = len(operation.shape)
            operands = []
            for operand in operation.operands:
                now = self._now(operand) if isinstance(operand, int) and operand in inside else None
                if now is not None:
                    operands.append(rows.fixed_place(self._aligned(now, self.lead, rank)))
                else:
                    operands.append(rows.place(read(operand, rank), self.size))
            now = self._now(ref)
            out = rows.fixed_place(now) if now is not None else rows.place(self._written(ref), self.size)
            program.append((operation.ufunc, operands, out))
        rows.run(program, self.size)

    def _now(self, ref: Ref) -> Array | None:
        """The array that holds a value of the current step; None if those of all steps are kept."""
        return self.current.get(self.field_of.get(ref, ref)) if ref not in self.scratch else self.scratch[ref]
