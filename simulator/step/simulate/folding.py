"""Left folds along one stream axis: a loop over that axis only, whole batches at every step."""

from __future__ import annotations

from typing import Any

import numpy as np

from step.primitives.base import Array, Data
from step.simulate.functions import Batched


def fold(
    function: Batched, state: tuple[Array, ...], elements: Data, every: bool
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """A left fold along the last stream axis of ``elements``, from ``state``.

    Args:
        function: a fold, the state before the element.
        state: one array a leaf of the state, with all stream axes but the last first.
        elements: the stream.
        every: whether the states after each element are wanted.

    Returns:
        The last state, and if ``every`` the states after each element, stacked along that axis.
    """
    axis = elements.axes - 1
    batch, length = elements.outer[:axis], elements.outer[axis]
    states: list[Array] = []
    if every:
        states = [np.empty((*batch, length, *one.shape[axis:]), one.dtype) for one in state]
    prefix: tuple[Any, ...] = (slice(None),) * axis
    for step in range(length):
        state = function((*state, *(array[(*prefix, step)] for array in elements.arrays)), batch)
        for kept, one in zip(states, state, strict=False):
            kept[(*prefix, step)] = one
    return state, tuple(states)
