"""Along which axes the results of a recorded fold vary: what repeats along an axis is computed once for it.

A running weight kept as a row of equal numbers is one number; an element that Repeat made is the same for many groups.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from step.primitives.base import Array
from step.simulate.fold.schedule import Schedule

Shape = tuple[int, ...]


def varying_shapes(schedule: Schedule, state: Sequence[Array], elements: Sequence[Array], lead: int) -> list[Shape]:
    """For each input and operation of the tape the shape of its values for one element: the batch's axes first, each
    axis along which they do not vary of size 1.

    Args:
        schedule: the fold.
        state: the state before, with the batch's axes first.
        elements: the element's arrays, the folded axis first.
        lead: how many axes the batch has.
    """
    tape = schedule.tape
    shapes = [_varying(one.shape, one.strides) for one in state]
    shapes += [_varying(one.shape[1:], one.strides[1:]) for one in elements]
    inputs = len(shapes)
    shapes += [()] * len(tape.operations)
    while True:
        for at, operation in enumerate(tape.operations):
            rank = len(operation.shape)
            known = [
                aligned(shapes[one], lead, rank) if isinstance(one, int) else one.shape for one in operation.operands
            ]
            shapes[inputs + at] = aligned(np.broadcast_shapes(*known), 0, lead + rank)
        grown = [np.broadcast_shapes(shapes[number], shapes[ref]) for number, ref in enumerate(tape.outputs)]
        if grown == shapes[: tape.fields]:
            return shapes
        shapes[: tape.fields] = grown


def aligned(shape: Shape, lead: int, rank: int) -> Shape:
    """A shape with axes of size 1 after its first ones, so that an element has this rank."""
    return (*shape[:lead], *(1,) * (rank - (len(shape) - lead)), *shape[lead:])


def without_repeats(array: Array, shape: Shape) -> Array:
    """The array's values once, where they repeat; ``shape`` are its last axes as :func:`varying_shapes` tells."""
    kept = array.shape[: array.ndim - len(shape)]
    if array.shape == (*kept, *shape):
        return array
    index = tuple(slice(0, 1) if size == 1 else slice(None) for size in shape)
    return array[(*(slice(None),) * len(kept), *index)]


def _varying(shape: Shape, strides: Shape) -> Shape:
    return tuple(1 if stride == 0 and size > 1 else size for size, stride in zip(shape, strides, strict=True))
