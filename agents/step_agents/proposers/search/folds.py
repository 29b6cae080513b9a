"""Folds in closed form: most folds add up, or take a maximum of, something that depends on the element alone.

If each field of the new state is ``old ∘ g(element)`` for an associative ∘, the fold over a whole axis is one call of
the function (for g) and one reduction, where the loop would call the function once an element. Whether that is so
is tried on random numbers; a wrong guess cannot get through, because every result is verified.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from step.simulate.batch.signature import leaves
from step.simulate.errors import SimulationError
from step.simulate.functions import Batched

Array = NDArray[Any]

_MONOIDS: tuple[tuple[np.ufunc, float], ...] = (
    (np.add, 0.0),
    (np.maximum, -np.inf),
    (np.minimum, np.inf),
    (np.multiply, 1.0),
)
SAMPLES = 24


def closed_form(function: Batched) -> tuple[tuple[np.ufunc, float], ...] | None:
    """For each array of the state the operation and its neutral number; None if the fold has no such form."""
    generator = np.random.default_rng(0xF01D)
    arguments = [leaf for argument in function.signature.arguments for leaf in leaves(argument)]
    states = len(function.signature.result_leaves)
    if any(leaf.dtype.kind != "f" for leaf in arguments):
        return None

    def sample(shape: tuple[int, ...]) -> Array:
        return generator.standard_normal((SAMPLES, *shape))

    old = [sample(leaf.shape) for leaf in arguments[:states]]
    element = [sample(leaf.shape) for leaf in arguments[states:]]
    try:
        with np.errstate(all="ignore"):
            new = function((*old, *element), (SAMPLES,))
            found: list[tuple[np.ufunc, float]] = []
            for place in range(states):
                one = next((m for m in _MONOIDS if _holds(function, m, place, old, element, new[place])), None)
                if one is None:
                    return None
                found.append(one)
            start = [np.full_like(array, neutral) for array, (_, neutral) in zip(old, found, strict=True)]
            made = function((*start, *element), (SAMPLES,))
    except SimulationError:
        return None
    for (combine, _), before, alone, after in zip(found, old, made, new, strict=True):
        if not np.allclose(combine(before, alone), after, rtol=1e-12, atol=1e-12):
            return None
    return tuple(found)


def _holds(
    function: Batched,
    monoid: tuple[np.ufunc, float],
    place: int,
    old: Sequence[Array],
    element: Sequence[Array],
    new: Array,
) -> bool:
    combine, neutral = monoid
    start = [np.full_like(array, neutral) if number == place else array for number, array in enumerate(old)]
    alone = function((*start, *element), (SAMPLES,))[place]
    return bool(np.isfinite(alone).all()) and np.allclose(combine(old[place], alone), new, rtol=1e-12, atol=1e-12)


def fold_at_once(
    function: Callable[[tuple[Array, ...], tuple[int, ...]], tuple[Array, ...]],
    form: Sequence[tuple[np.ufunc, float]],
    init: Sequence[Array],
    elements: Sequence[Array],
    batch: tuple[int, ...],
    depth: int,
    every: bool,
) -> tuple[Array, ...]:
    """A fold over the last ``depth`` of the batch's axes in row-major order; every state (``every``) or the last.

    Args:
        init: the init state, one array a leaf, without batch axes.
    """
    starts = [
        np.broadcast_to(np.asarray(neutral), batch + one.shape) for (_, neutral), one in zip(form, init, strict=True)
    ]
    alone = function((*starts, *elements), batch)
    keep = batch[: len(batch) - depth]
    length = 1
    for size in batch[len(keep) :]:
        length *= size
    results = []
    for (combine, _), first, array in zip(form, init, alone, strict=True):
        own = array.shape[len(batch) :]
        flat = array.reshape((*keep, length, *own))
        if every:
            running = combine(combine.accumulate(flat, axis=len(keep)), first)
            results.append(running.reshape((*batch, *own)))
        else:
            results.append(combine(combine.reduce(flat, axis=len(keep)), first))
    return tuple(results)
