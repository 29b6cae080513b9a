"""The steps of a recurrence: the same few operations on the next row of some arrays, again and again."""

from __future__ import annotations

from itertools import repeat

import numpy as np

from step.primitives.base import Array


class Rows:
    """The arrays of a loop's step: the ones that are the same in every step, then rows of those that move on."""

    def __init__(self) -> None:
        self.fixed: list[Array] = []
        self.moving: list[Array] = []

    def fixed_place(self, array: Array) -> int:
        self.fixed.append(array)
        return len(self.fixed) - 1

    def place(self, array: Array, size: int) -> int:
        """The place of an array with a row for each step, or one row for all; negative if it moves on."""
        if len(array) == 1:
            return self.fixed_place(array[0])
        self.moving.append(array)
        return -len(self.moving)

    def run(self, program: list[tuple[np.ufunc, list[int], int]], size: int) -> None:
        """All steps: each carries out all operations on the arrays at the places."""
        # Rows are reversed, so that negative places count from the end.
        moving, fixed = self.moving[::-1], tuple(self.fixed)
        flat = [(ufunc, places[0], places[1] if len(places) == 2 else None, out) for ufunc, places, out in program]
        for rows in zip(*moving, strict=True) if moving else repeat((), size):
            arrays: tuple[Array, ...] = (*fixed, *rows)
            for ufunc, first, second, out in flat:
                if second is None:
                    ufunc(arrays[first], out=arrays[out])
                else:
                    ufunc(arrays[first], arrays[second], out=arrays[out])
