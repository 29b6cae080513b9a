"""Folds whose body is a fixed sequence of elementwise operations: recorded once, replayed at every step.

A recurrence such as a running softmax cannot be reduced by one NumPy call, so it takes a step an element. What a step
costs beside its arithmetic is Python: replaying a tape of NumPy operations into buffers that are allocated once leaves
little of that.

The body is called once with stand-ins. They compute nothing but the operations' names, and refuse to be looked at, so
that a body which decides on data, indexes, or reduces is not recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from step.primitives.base import Array
from step.simulate.batch import Leaf, Signature

BUFFER_BYTES = 512 << 10
"""The largest buffer: larger batches are folded in parts, so that the buffers stay in the processor's cache."""
_MOST = 200  # operations: a longer body gains nothing
Ref = int
"""What an operation reads: an input (the state's arrays, then the element's) or an operation's result, numbered on."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One elementwise operation; an operand is a reference, or a constant in an array. ``shape`` is one element's."""

    ufunc: np.ufunc
    operands: tuple[Ref | Array, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tape:
    """A body: its operations in order, and which results are the new state."""

    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[np.dtype[Any], ...]
    fields: int
    operations: tuple[Operation, ...]
    outputs: tuple[Ref, ...]


def record(body: Callable[..., Any], signature: Signature) -> Tape | None:
    """The tape of a fold's body; None if it does anything but elementwise operations."""
    first = signature.arguments[0]
    state = (first,) if isinstance(first, Leaf) else first
    leaves = [*state, *signature.arguments[1:]]
    flat = [one for one in leaves if isinstance(one, Leaf)]
    if signature.array != "numpy" or len(flat) != len(leaves):
        return None
    dtype = flat[0].dtype
    if dtype.kind != "f" or any(one.dtype != dtype for one in flat):
        return None
    recorder = _Recorder(len(flat))
    values = [_Value(recorder, number, np.full(one.shape, 0.5, dtype)) for number, one in enumerate(flat)]
    fields = len(state)
    try:
        with np.errstate(all="ignore"):
            result = body(values[0] if isinstance(first, Leaf) else tuple(values[:fields]), *values[fields:])
    except BaseException:  # whatever a body does that stand-ins do not know, even what ends a program
        return None
    results = [result] if isinstance(first, Leaf) else result
    if not isinstance(results, (tuple, list)) or len(results) != fields:
        return None
    for one, leaf in zip(results, state, strict=True):
        if type(one) is not _Value or one.dummy.shape != leaf.shape or one.dummy.dtype != dtype:  # type: ignore[union-attr]
            return None
    return Tape(
        tuple(one.shape for one in flat),
        tuple(one.dtype for one in flat),
        fields,
        tuple(recorder.operations),
        tuple(one.ref for one in results),
    )


def replay(
    tape: Tape, state: tuple[Array, ...], elements: list[Array], states: list[Array], begin: int
) -> tuple[Array, ...]:
    """The state after the elements from ``begin`` on.

    Args:
        tape: the fold's body.
        state: the state before, with the batch's axes first.
        elements: the element's arrays, the folded axis first, then the batch's axes.
        states: where the states after each element go, the folded axis first; empty if they are not wanted.
        begin: the first element.
    """
    batch = state[0].shape[: state[0].ndim - len(tape.shapes[0])]
    largest = max(math.prod(shape) for shape in (*tape.shapes, *(one.shape for one in tape.operations)))
    row = math.prod(batch[1:]) * largest * tape.dtypes[0].itemsize
    rows = max(BUFFER_BYTES // max(row, 1), 1)
    if not batch or batch[0] <= rows:
        return _play(tape, batch, state, elements, states, begin)
    after = tuple(np.empty(one.shape, one.dtype) for one in state)
    for first in range(0, batch[0], rows):
        part = slice(first, first + rows)
        before = tuple(one[part] for one in state)
        kept = [one[:, part] for one in states]
        done = _play(tape, before[0].shape[: len(batch)], before, [one[:, part] for one in elements], kept, begin)
        for whole, one in zip(after, done, strict=True):
            whole[part] = one
    for one in after:
        one.flags.writeable = False
    return after


def _play(
    tape: Tape,
    batch: tuple[int, ...],
    state: tuple[Array, ...],
    elements: list[Array],
    states: list[Array],
    begin: int,
) -> tuple[Array, ...]:
    player = _Player(tape, batch, elements)
    for kept, one in zip(player.sides[0], state, strict=True):
        np.copyto(kept, one)
    return player.play(states, begin, len(elements[0]))


class _NotRecorded(Exception):
    pass


class _Recorder:
    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.operations: list[Operation] = []


class _Value(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array: operations on it are recorded. ``dummy`` has its shape and dtype, and no meaning."""

    __array_priority__ = 1000

    def __init__(self, recorder: _Recorder, ref: Ref, dummy: Any) -> None:
        self.recorder, self.ref, self.dummy = recorder, ref, dummy

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.dummy.shape)

    @property
    def ndim(self) -> int:
        return int(self.dummy.ndim)

    @property
    def size(self) -> int:
        return int(self.dummy.size)

    @property
    def dtype(self) -> Any:
        return self.dummy.dtype

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> _Value:
        if method != "__call__" or kwargs or ufunc.nout != 1 or ufunc.nin > 2 or ufunc.signature is not None:
            raise _NotRecorded
        operations = self.recorder.operations
        if len(operations) >= _MOST:
            raise _NotRecorded
        operands: list[Ref | Array] = []
        plain: list[Any] = []
        for one in inputs:
            if isinstance(one, _Value):
                operands.append(one.ref)
                plain.append(one.dummy)
            elif isinstance(one, (int, float, np.ndarray, np.generic)) and not isinstance(one, bool):
                # A Python number takes the other operand's dtype, as in NumPy.
                constant = np.asarray(one, self.dummy.dtype if isinstance(one, (int, float)) else None)
                if constant.dtype != self.dummy.dtype:
                    raise _NotRecorded
                operands.append(constant)
                plain.append(constant)
            else:
                raise _NotRecorded
        if ufunc is np.power and isinstance(operands[1], np.ndarray) and operands[1].shape == () and operands[1] == 2:
            ufunc, operands, plain = np.square, operands[:1], plain[:1]
        result = ufunc(*plain)
        if not isinstance(result, (np.ndarray, np.generic)) or result.dtype != self.dummy.dtype:
            raise _NotRecorded
        shape = tuple(result.shape)
        operations.append(Operation(ufunc, tuple(operands), shape))
        ref = self.recorder.inputs + len(operations) - 1
        return _Value(self.recorder, ref, np.full(shape, 0.5, self.dummy.dtype))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        raise _NotRecorded

    def __getattr__(self, name: str) -> Any:
        raise _NotRecorded(name)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise _NotRecorded

    __bool__ = __float__ = __int__ = __index__ = __iter__ = __len__ = __getitem__ = __setitem__ = _refuse
    __array__ = _refuse


class _Player:
    """A tape with its buffers, for one batch. Two states take turns: each step reads one and writes the other."""

    def __init__(self, tape: Tape, batch: tuple[int, ...], elements: list[Array]) -> None:
        self.tape, self.batch, self.elements = tape, batch, elements
        dtype = tape.dtypes[0]
        self.sides = [[np.empty((*batch, *shape), dtype) for shape in tape.shapes[: tape.fields]] for _ in range(2)]
        self._pool: dict[tuple[int, ...], list[Array]] = {}
        self._aligned: dict[tuple[int, int], int] = {}
        self.views: list[Array] = []
        self.programs = [self._compile(side) for side in range(2)]

    def play(self, states: list[Array], begin: int, end: int) -> tuple[Array, ...]:
        sides, programs, views = self.sides, self.programs, self.views
        side = 0
        for step in range(begin, end):
            now = [view[step] for view in views]
            for ufunc, first, second, out in programs[side]:
                if type(first) is int:
                    first = now[first]
                if second is None:
                    ufunc(first, out=out)
                else:
                    ufunc(first, now[second] if type(second) is int else second, out=out)
            side = 1 - side
            for kept, one in zip(states, sides[side], strict=False):
                kept[step] = one
        result = tuple(sides[side])
        for one in result:
            one.flags.writeable = False
        return result

    def _compile(self, side: int) -> list[tuple[Any, Any, Any, Array]]:
        """The instructions of a step that reads one state and writes the other: an operand is an array, or the
        number of a view of the elements."""
        tape, inputs = self.tape, len(self.tape.shapes)
        before, after = self.sides[side], self.sides[1 - side]
        last = {ref: at for at, one in enumerate(tape.operations) for ref in one.operands if isinstance(ref, int)}
        target = {ref: number for number, ref in reversed(list(enumerate(tape.outputs)))}
        results: dict[Ref, Array] = {}
        free: dict[tuple[int, ...], list[Array]] = {shape: list(pool) for shape, pool in self._pool.items()}
        instructions: list[tuple[Any, Any, Any, Array]] = []
        for at, one in enumerate(tape.operations):
            rank = len(one.shape)
            operands = [self._operand(operand, rank, before, results) for operand in one.operands]
            for operand in {ref for ref in one.operands if isinstance(ref, int)}:
                # A buffer that is read for the last time may be written by the same operation.
                if operand >= inputs and last[operand] == at and operand not in target:
                    buffer = results[operand]
                    if buffer.shape[len(self.batch) :] == one.shape:
                        free.setdefault(one.shape, []).append(buffer)
            ref = inputs + at
            out = after[target[ref]] if ref in target else self._buffer(one.shape, free)
            results[ref] = out
            instructions.append((one.ufunc, operands[0], operands[1] if len(operands) > 1 else None, out))
        for number, ref in enumerate(tape.outputs):
            if ref < inputs or target[ref] != number:
                source = self._operand(ref, len(tape.shapes[number]), before, results)
                instructions.append((np.positive, source, None, after[number]))
        return instructions

    def _buffer(self, shape: tuple[int, ...], free: dict[tuple[int, ...], list[Array]]) -> Array:
        """A buffer that nothing reads any more, or a new one."""
        if free.get(shape):
            return free[shape].pop()
        buffer = np.empty((*self.batch, *shape), self.tape.dtypes[0])
        self._pool.setdefault(shape, []).append(buffer)
        return buffer

    def _operand(self, operand: Ref | Array, rank: int, before: list[Array], results: dict[Ref, Array]) -> Any:
        """What an instruction reads, with its element's axes aligned to those of the result."""
        if not isinstance(operand, int):
            return operand
        if operand < self.tape.fields:
            return self._align(before[operand], len(self.batch), rank)
        if operand < len(self.tape.shapes):
            key = (operand, rank)
            if key not in self._aligned:
                self._aligned[key] = len(self.views)
                whole = self.elements[operand - self.tape.fields]
                self.views.append(self._align(whole, 1 + len(self.batch), rank))
            return self._aligned[key]
        return self._align(results[operand], len(self.batch), rank)

    def _align(self, array: Array, lead: int, rank: int) -> Array:
        missing = rank - (array.ndim - lead)
        return array[(*(slice(None),) * lead, *(None,) * missing)] if missing > 0 else array
