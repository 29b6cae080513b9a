"""Compares what a program computed with what the reference computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from step.primitives.base import Array, Data

RELATIVE = 1e-10
"""Of the expected value. Float64 rounding stays below; an epsilon of 1e-5 that is added once too often is above."""
SCALED = 1e-12
"""Of the output's largest expected value: what cancellation among values of that magnitude may leave."""
_BLOCK = 1 << 20  # values compared at once, so that temporary arrays stay small


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where an output differs, in the order of the array.

    Attributes:
        output: which output.
        field: which array of the output's element (a tuple has several).
        index: the NumPy index, outermost first; in STeP order it is the reverse.
        expected, actual: the two values there.
        wrong, total: how many values differ, of how many, in this array.
    """

    output: int
    field: int
    index: tuple[int, ...]
    expected: float
    actual: float
    wrong: int
    total: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The largest errors over all outputs (over finite values), and the first difference if there is one.

    ``max_rel_error`` is relative to each expected value that is not 0; ``scale`` is the largest expected magnitude.
    """

    max_abs_error: float
    max_rel_error: float
    scale: float
    non_finite: int
    difference: Difference | None

    @property
    def is_equal(self) -> bool:
        """Whether no value differs."""
        return self.difference is None


def compare(expected: Sequence[Data], actual: Sequence[Data]) -> Comparison:
    """Compares every value of every output; the shapes must be the same.

    NaN is equal to NaN and an infinity to itself, at the same place.
    """
    largest_abs = largest_rel = largest = 0.0
    non_finite = 0
    first: Difference | None = None
    for output, (wanted, got) in enumerate(zip(expected, actual, strict=True)):
        for field, (want, have) in enumerate(zip(wanted.arrays, got.arrays, strict=True)):
            one = _compare_arrays(want, have)
            largest_abs, largest_rel = max(largest_abs, one.abs_error), max(largest_rel, one.rel_error)
            largest, non_finite = max(largest, one.scale), non_finite + one.non_finite
            if one.first is not None and first is None:
                index = tuple(int(part) for part in np.unravel_index(one.first, want.shape))
                first = Difference(
                    output, field, index, float(want[index]), float(have[index]), one.wrong, int(want.size)
                )
    return Comparison(largest_abs, largest_rel, largest, non_finite, first)


@dataclass(slots=True)
class _Arrays:
    abs_error: float = 0.0
    rel_error: float = 0.0
    scale: float = 0.0
    non_finite: int = 0
    wrong: int = 0
    first: int | None = None


def _compare_arrays(want: Array, have: Array) -> _Arrays:
    result = _Arrays()
    if want.shape != have.shape:
        raise ValueError(f"shapes differ: {want.shape} and {have.shape}")
    if want.size == 0:
        return result
    wanted, got = want.reshape(-1), have.reshape(-1)
    with np.errstate(all="ignore"):
        for start in range(0, wanted.size, _BLOCK):
            result.scale = max(result.scale, _magnitude(wanted[start : start + _BLOCK]))
        for start in range(0, wanted.size, _BLOCK):
            _compare_block(wanted[start : start + _BLOCK], got[start : start + _BLOCK], start, result)
    return result


def _magnitude(values: Array) -> float:
    largest = float(np.abs(values, dtype=np.float64).max()) if values.dtype.kind != "b" else 1.0
    if np.isfinite(largest):
        return largest
    sizes = np.abs(values)
    return float(sizes.max(initial=0.0, where=np.isfinite(sizes)))


def _compare_block(want: Array, have: Array, start: int, result: _Arrays) -> None:
    if want.dtype.kind in "iub" and have.dtype.kind in "iub":
        wrong = want != have
        want, have = want.astype(np.float64), have.astype(np.float64)
        error, size = np.abs(want - have), np.abs(want)
    else:
        error, size = np.abs(have - want), np.abs(want)
        wrong = ~(error <= size * RELATIVE + result.scale * SCALED)
        # The difference of two infinities or of NaN is NaN, and an infinite tolerance hides what is finite.
        unusual = ~np.isfinite(error) | ~np.isfinite(size)
        if unusual.any():
            result.non_finite += int(np.count_nonzero(~np.isfinite(want)))
            same = (want == have) | (np.isnan(want) & np.isnan(have))
            wrong[unusual] = ~same[unusual]
            error[unusual] = 0.0
            size[unusual] = 0.0
    result.abs_error = max(result.abs_error, float(error.max()))
    known = size > 0
    if known.all():
        result.rel_error = max(result.rel_error, float((error / size).max()))
    elif known.any():
        result.rel_error = max(result.rel_error, float((error[known] / size[known]).max()))
    count = int(np.count_nonzero(wrong))
    if count and result.first is None:
        result.first = start + int(np.argmax(wrong))
    result.wrong += count
