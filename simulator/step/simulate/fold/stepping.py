"""The steps of a fold that no reduction computes: each is one call of the body on the whole batch.

A body of elementwise operations is replayed from a tape. Of another, the first steps go through the function's ordinary
way, which finds out how the body can be batched and compares samples; once that is known to be plain batching, the
following steps call the body directly, which spares the preparation of each call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from step.primitives.base import Array
from step.simulate.batch import Leaf
from step.simulate.batch.calls import run_batched
from step.simulate.batch.errors import NotBatchable, Split
from step.simulate.functions import Batched

_CAREFUL = 2  # steps that go the ordinary way
_SMALL = 4  # elements of a batch that the ordinary way loops over


def run_steps(
    function: Batched,
    state: tuple[Array, ...],
    block: tuple[Array, ...],
    out: tuple[Array, ...],
    *,
    plainly: bool = False,
) -> tuple[Array, ...]:
    """Folds the elements of a block, whose first axes are the state's batch and whose next one is folded.

    Args:
        function: a fold.
        state: the state before.
        block: the element's arrays.
        out: where the states after each element go; empty if they are not wanted.
        plainly: every step shall be an ordinary call, to compare with.

    Returns:
        The last state.
    """
    axis = function.lead_of(state)
    batch = state[0].shape[:axis]
    elements = [_folded_first(array, axis) for array in block]
    states = [array.transpose(axis, *range(axis), *range(axis + 1, array.ndim)) for array in out]
    length = len(elements[0])
    step = 0
    fast = not plainly and not function.is_distrusted
    if fast and function.replay is not None:
        return function.replay(state, elements, states)
    while step < min(_CAREFUL, length):
        state = _careful(function, state, elements, states, step, batch)
        step += 1
    if fast and step < length and function.mode == "batched" and np.prod(batch) >= _SMALL:
        state, step = _directly(function, state, elements, states, step)
    while step < length:
        state = _careful(function, state, elements, states, step, batch)
        step += 1
    return tuple(_spread(one, batch, axis) for one in state)


def _careful(
    function: Batched,
    state: tuple[Array, ...],
    elements: list[Array],
    states: list[Array],
    step: int,
    batch: tuple[int, ...],
) -> tuple[Array, ...]:
    axis = len(batch)
    full = tuple(_spread(one, batch, axis) for one in state)
    state = function((*full, *(array[step] for array in elements)), batch)
    for kept, one in zip(states, state, strict=False):
        kept[step] = one
    return state


def _directly(
    function: Batched, state: tuple[Array, ...], elements: list[Array], states: list[Array], step: int
) -> tuple[tuple[Array, ...], int]:
    """As many steps as the body takes without complaint; the state then, and the number of the next step."""
    body, shape = function.declared.body, function.signature
    if shape.array != "numpy" or not all(isinstance(one, Leaf) for one in shape.arguments[1:]):
        return state, step
    first = shape.arguments[0]
    if not (isinstance(first, Leaf) or all(isinstance(one, Leaf) for one in first)):
        return state, step
    fields, lead, length = len(state), function.lead_of(state), len(elements[0])

    def build(values: Any) -> Any:
        return (tuple(values[:fields]), *values[fields:])

    builder = None if isinstance(first, Leaf) else build
    try:
        while step < length:
            arrays = [*state, *[array[step] for array in elements]]
            after = tuple(run_batched(body, arrays, lead, builder, shape.results, shape.result_leaves))
            for one in after:
                if one.flags.writeable:
                    one.flags.writeable = False
            state = after
            for kept, one in zip(states, state, strict=False):
                kept[step] = one
            step += 1
    except (NotBatchable, Split, Exception, SystemExit):
        return state, step  # the ordinary way tells what is wrong, and where
    return state, step


def _folded_first(array: Array, axis: int) -> Array:
    """A read-only view with the folded axis first."""
    moved = array.transpose(axis, *range(axis), *range(axis + 1, array.ndim))
    moved.flags.writeable = False
    return moved


def _spread(array: Array, batch: tuple[int, ...], axis: int) -> Array:
    """A state with all of its batch, where a step gave one that does not vary along it."""
    if array.shape[:axis] == batch:
        return array
    return np.broadcast_to(array, (*batch, *array.shape[axis:]))
