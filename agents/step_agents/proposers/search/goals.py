"""Goals: what the outputs shall be, as values without layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from step.primitives.base import Data
from step.simulate.compare import RELATIVE, SCALED
from step.types import StreamType

from step_agents.proposers.search.evaluate import Array, Arrays, shape_of
from step_agents.proposers.search.kinds import Kind, Splits

TOLERANCE = 1e-6
"""Values that differ by more than this times the largest of them are not looked at closely."""


@dataclass(frozen=True, eq=False, slots=True)
class Goal:
    """A value that is, or after Repeats gives, an output.

    ``kept`` says which of the output's canonical dimensions the value has (innermost first): along the others the
    output is constant.
    """

    output: int
    kind: Kind
    arrays: Arrays
    kept: tuple[bool, ...]

    @property
    def extra(self) -> int:
        """What the Repeats count."""
        return 0 if all(self.kept) else 1


def canonical(data: Data, stream: StreamType, splits: Splits, sizes: Mapping[str, int]) -> tuple[Kind, Arrays]:
    """A stream's data as a value: the same numbers, without the layout."""
    kind = splits.kind(stream)
    arrays = tuple(
        np.ascontiguousarray(array.reshape(shape))
        for array, shape in zip(data.arrays, shape_of(kind, sizes), strict=True)
    )
    return kind, arrays


def make_goals(
    expected: tuple[Data, ...], types: tuple[StreamType, ...], splits: Splits, sizes: Mapping[str, int]
) -> tuple[tuple[Goal, ...], ...]:
    """For each output the values that would do, the output itself first."""
    goals = []
    for number, (data, stream) in enumerate(zip(expected, types, strict=True)):
        kind, arrays = canonical(data, stream, splits, sizes)
        goals.append(tuple(_variants(number, kind, arrays)))
    return tuple(goals)


def _variants(number: int, kind: Kind, arrays: Arrays) -> Iterator[Goal]:
    rank = len(kind.dims)
    yield Goal(number, kind, arrays, (True,) * rank)
    constant = [place for place in range(rank) if all(_is_constant(array, rank - 1 - place) for array in arrays)]
    for count in range(1, len(constant) + 1):
        for gone in combinations(constant, count):
            kept = tuple(place not in gone for place in range(rank))
            index = tuple(slice(None) if has else 0 for has in reversed(kept))
            dims = tuple(dim for dim, has in zip(kind.dims, kept, strict=True) if has)
            yield Goal(number, Kind(kind.element, dims), tuple(array[index] for array in arrays), kept)


def _is_constant(array: Array, axis: int) -> bool:
    first = np.take(array, [0], axis=axis)
    return bool(array.shape[axis] > 1 and close(array, np.broadcast_to(first, array.shape)))


def close(left: Array, right: Array) -> bool:
    """Whether two arrays hold the same numbers, as the functional check compares them (it has the last word)."""
    with np.errstate(all="ignore"):
        same = left == right
        gap = np.where(same, 0.0, np.abs(np.asarray(left, float) - np.asarray(right, float)))
        finite = np.abs(right[np.isfinite(right)])
        scale = float(finite.max()) if finite.size else 1.0
        allowed = RELATIVE * np.abs(np.where(np.isfinite(right), right, 0.0)) + SCALED * max(scale, 1e-300)
        return bool((gap <= allowed).all())


def near(left: Array, right: Array) -> bool:
    """Whether two arrays hold nearly the same numbers, as after an inversion that loses digits."""
    with np.errstate(all="ignore"):
        gap = np.abs(left - right).max(initial=0.0)
        return bool(gap <= TOLERANCE * max(float(np.abs(right).max(initial=0.0)), 1e-300))
