"""Left folds along one stream axis.

A loop over that axis only, whole batches at every step; and no loop for what one NumPy reduction computes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from step.primitives.base import Array, Data
from step.simulate.fold.parts import parts_of
from step.simulate.fold.recognise import FieldFold
from step.simulate.fold.stepping import run_steps
from step.simulate.functions import Batched

BLOCK_BYTES = 2 << 20
"""What is made of a stream at a time: it stays in the processor's cache."""

Fold = tuple[tuple[Array, ...], tuple[Array, ...]]


class Elements(Protocol):
    """A stream that a fold goes through, whole or made piece by piece."""

    @property
    def outer(self) -> tuple[int, ...]:
        """The sizes of its dimensions, outermost first; the last one is folded."""

    @property
    def element_bytes(self) -> int:
        """The memory of one element."""

    def part(self, index: tuple[slice, ...]) -> tuple[Array, ...]:
        """The arrays of a part of the stream: a slice for each of its first dimensions, the others whole."""


class Whole:
    """A stream that exists."""

    def __init__(self, data: Data) -> None:
        self._data = data

    @property
    def outer(self) -> tuple[int, ...]:
        """See :class:`Elements`."""
        return self._data.outer

    @property
    def element_bytes(self) -> int:
        """See :class:`Elements`."""
        axes = self._data.axes
        return sum(math.prod(array.shape[axes:]) * array.itemsize for array in self._data.arrays)

    def part(self, index: tuple[slice, ...]) -> tuple[Array, ...]:
        """See :class:`Elements`."""
        return tuple(array[index] for array in self._data.arrays)


def fold(function: Batched, state: tuple[Array, ...], elements: Elements, every: bool) -> Fold:
    """A left fold along the last stream axis of ``elements``, from ``state``.

    Args:
        function: a fold, the state before the element.
        state: one array a leaf of the state, with all stream axes but the last first.
        elements: the stream.
        every: whether the states after each element are wanted.

    Returns:
        The last state, and if ``every`` the states after each element, stacked along that axis.
    """
    *batch, length = elements.outer
    if length == 0 or 0 in batch:
        return state, _stacked(state, tuple(batch), length) if every else ()
    pieces = list(_pieces(elements))
    if len(pieces) == 1:
        return _fold_part(function, state, elements, (), every)
    lasts = tuple(np.empty(one.shape, one.dtype) for one in state)
    states = _stacked(state, tuple(batch), length) if every else ()
    for index in pieces:
        last, stacked = _fold_part(function, tuple(one[index] for one in state), elements, index, every)
        for kept, one in zip((*lasts, *states), (*last, *stacked), strict=True):
            kept[index] = one
    return lasts, states


def agrees_with_fold(function: Batched, state: tuple[Array, ...], elements: Elements, last: Array) -> bool:
    """Whether the fold of a few groups comes to what was computed otherwise."""
    *batch, _ = elements.outer
    for place in _sampled(tuple(batch)):
        expected, _ = _fold_part(function, tuple(one[place] for one in state), elements, place, False)
        if not _close(expected[0], last[place], _magnitude(elements.part(place))):
            return False
    return True


def _pieces(elements: Elements) -> Iterator[tuple[slice, ...]]:
    """Parts of the batch, along its outer axes, that fit into a block; only of what is made piece by piece."""
    if isinstance(elements, Whole):
        yield ()
        return
    *batch, length = elements.outer
    yield from parts_of(tuple(batch), elements.element_bytes * length, BLOCK_BYTES)


def _fold_part(
    function: Batched, state: tuple[Array, ...], elements: Elements, index: tuple[slice, ...], every: bool
) -> Fold:
    """A fold of a part of the batch, going through the folded axis in blocks."""
    axis, length = len(elements.outer) - 1, elements.outer[-1]
    batch = state[0].shape[:axis]
    # The stand-ins of a recognised fold compute from every element of a block at once.
    per_step = math.prod(batch) * (elements.element_bytes + function.result_bytes)
    step = length if per_step * length <= BLOCK_BYTES else max(BLOCK_BYTES // max(per_step, 1), 1)
    if isinstance(elements, Whole) and function.reduction is None:
        step = length
    states = _stacked(state, batch, length) if every else ()
    whole = (slice(None),) * (axis - len(index))
    for begin in range(0, length, step):
        end = min(begin + step, length)
        place = (*index, *whole, slice(begin, end))
        block = elements.part(place)
        out = tuple(one[(*(slice(None),) * axis, slice(begin, end))] for one in states)
        state = _fold_block(function, state, block, out)
    return state, states


def _fold_block(
    function: Batched, state: tuple[Array, ...], block: tuple[Array, ...], out: tuple[Array, ...]
) -> tuple[Array, ...]:
    """A fold of one block; the states after each element go to ``out``, if they are wanted."""
    reduction = function.reduction
    if reduction is not None:
        last = _reduce(function, reduction, state, block, out)
        if function.is_trusted or _agrees(function, state, block, last, out):
            return last
        function.distrust()
    last = run_steps(function, state, block, out)
    if function.is_checked or _agrees(function, state, block, last, out):
        return last
    function.distrust()
    return run_steps(function, state, block, out)


def _reduce(
    function: Batched,
    reduction: tuple[FieldFold, ...],
    state: tuple[Array, ...],
    block: tuple[Array, ...],
    out: tuple[Array, ...],
) -> tuple[Array, ...]:
    axis = function.lead_of(state)
    batch = state[0].shape[:axis]
    length = block[0].shape[axis]
    computed: tuple[Array, ...] = ()
    if any(field.ufunc is not None and field.argument is None for field in reduction):
        leaves = function.signature.result_leaves
        neutral = tuple(
            np.broadcast_to(np.asarray(field.identity, leaf.dtype), (*batch, length, *leaf.shape))
            for field, leaf in zip(reduction, leaves, strict=True)
        )
        computed = function((*neutral, *block), (*batch, length))
    last = []
    for number, (field, before) in enumerate(zip(reduction, state, strict=True)):
        if field.ufunc is None:
            last.append(before)
            if out:
                out[number][...] = np.expand_dims(before, axis)
            continue
        values = computed[number] if field.argument is None else block[field.argument]
        if out:
            field.ufunc.accumulate(values, axis=axis, out=out[number])
            if not _is_neutral(before, field.identity):
                field.ufunc(np.expand_dims(before, axis), out[number], out=out[number])
            last.append(np.take(out[number], length - 1, axis=axis))
            continue
        total = field.ufunc.reduce(values, axis=axis, dtype=before.dtype)
        last.append(total if _is_neutral(before, field.identity) else field.ufunc(before, total))
    return tuple(last)


def _is_neutral(state: Array, identity: float) -> bool:
    """Whether a state is the identity everywhere, known without looking at all of it: the init state is a view of
    one number."""
    return not any(state.strides) and state.size > 0 and bool(state.flat[0] == identity)


def _agrees(
    function: Batched,
    state: tuple[Array, ...],
    block: tuple[Array, ...],
    last: tuple[Array, ...],
    out: tuple[Array, ...],
) -> bool:
    """Whether the loop comes to the same on a few groups: to the last state, and to those between if they are wanted.
    Asked once a function, and once for each plan of its tape."""
    axis = function.lead_of(state)
    batch = state[0].shape[:axis]
    for place in _sampled(batch):
        group, before = tuple(one[place] for one in block), tuple(one[place] for one in state)
        have = tuple(one[place] for one in (*last, *out))
        between = tuple(np.empty(one.shape, one.dtype) for one in have[len(last) :])
        expected = run_steps(function, before, group, between, plainly=True)
        size = _magnitude(group)
        if not all(_close(want, got, size) for want, got in zip((*expected, *between), have, strict=True)):
            return False
    function.trust()
    return True


def _sampled(batch: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """A few groups of a batch: the first, one in the middle, the last."""
    count = math.prod(batch)
    for flat in sorted({0, count // 2, count - 1}):
        places = np.unravel_index(flat, batch) if batch else ()
        yield tuple(slice(int(at), int(at) + 1) for at in places)


def _close(want: Array, have: Array, magnitude: float) -> bool:
    """Equal up to rounding, where numbers as large as ``magnitude`` may have cancelled."""
    relative, scaled = (1e-4, 1e-5) if want.dtype.itemsize < 8 else (1e-9, 1e-11)
    size = max(magnitude, _magnitude((want,)))
    return np.allclose(have, want, rtol=relative, atol=scaled * size, equal_nan=True)


def _magnitude(arrays: tuple[Array, ...]) -> float:
    """The largest finite size of a number."""
    sizes = (np.abs(one[np.isfinite(one)]).max(initial=0.0) for one in arrays if one.dtype.kind == "f")
    return float(max(sizes, default=0.0))


def _stacked(state: tuple[Array, ...], batch: tuple[int, ...], length: int) -> tuple[Array, ...]:
    axis = len(batch)
    return tuple(np.empty((*batch, length, *one.shape[axis:]), one.dtype) for one in state)
