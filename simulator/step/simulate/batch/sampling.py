"""The cross-check: a batched result is compared with plain calls on a few elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ULPS = 2.0**14
"""Sums may be taken in another order; a wrong rule is off by far more."""


def sample(count: int, first: bool, seed: int) -> NDArray[np.intp]:
    """Some elements of a batch, in order: of the first run both ends and three between, later two anywhere."""
    if first:
        chosen = {0, count - 1, *(_place(seed, i, count) for i in range(3))}
    else:
        chosen = {_place(seed, i, count) for i in range(2)}
    return np.array(sorted(chosen), np.intp)


def _place(seed: int, number: int, count: int) -> int:
    """A pseudo-random element: a multiplicative hash, for a generator would take longer than the calls."""
    return ((seed * 31 + number + 1) * 2_654_435_761 >> 7) % count


def gather(array: NDArray[Any], places: Sequence[NDArray[np.intp]]) -> NDArray[Any]:
    """The sampled elements, copied and read-only, with one axis that enumerates them.

    Args:
        array: with the run's batch axes first (of size 1 where it does not vary).
        places: for each of the run's axes the elements' positions on it.
    """
    index = tuple(at if size != 1 else np.zeros_like(at) for size, at in zip(array.shape, places, strict=False))
    elements: NDArray[Any] = array[index]
    elements.flags.writeable = False
    return elements


def agree(actual: NDArray[Any], expected: NDArray[Any], inputs: Sequence[NDArray[Any]]) -> bool:
    """Equal up to rounding: the same NaN, the same infinities, and close where finite."""
    if (actual == expected).all():
        return True
    if actual.dtype.kind not in "fc":
        return False
    finite = np.isfinite(expected)
    if not np.array_equal(finite, np.isfinite(actual)):
        return False
    if not finite.all():
        odd, even = actual[~finite], expected[~finite]
        if not np.array_equal(odd, even, equal_nan=True):
            return False
    epsilon, scale = float(np.finfo(actual.dtype).eps), 1.0
    for array in (*inputs, expected):
        if array.dtype.kind in "fc":
            epsilon = max(epsilon, float(np.finfo(array.dtype).eps))
        magnitude = np.abs(array[np.isfinite(array)])
        if magnitude.size:
            scale = max(scale, float(magnitude.max()))
    difference = np.abs(actual[finite] - expected[finite])
    return bool((difference <= _ULPS * epsilon * scale).all())
