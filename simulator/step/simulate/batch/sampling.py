"""The cross-check: a batched result is compared with plain calls on a few elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ULPS = 2.0**14
"""Sums may be taken in another order; a wrong rule is off by far more."""


def sample(count: int, extra: int, seed: int) -> list[int]:
    """The first and the last element, and some between."""
    chosen = {0, count - 1}
    if count > 2 and extra:
        chosen.update(np.random.default_rng(seed).integers(1, count - 1, extra).tolist())
    return sorted(chosen)


def agree(actual: NDArray[Any], expected: NDArray[Any], inputs: Sequence[NDArray[Any]]) -> bool:
    """Equal up to rounding: the same NaN, the same infinities, and close where finite."""
    if actual.dtype.kind not in "fc":
        return bool(np.array_equal(actual, expected))
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
