"""Joining arrays, and taking them apart."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.array import PREFIX
from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import RULES, Batched, common_batch, flat, lead_of, lift, negative, refuse_out, rule


def _parts(arrays: Any) -> tuple[list[NDArray[Any]], int]:
    """The arrays to join, each with the same batch axes."""
    if type(arrays) is Batched:  # joining along the first axis of one array
        arrays = list(arrays)
    lead = lead_of(*arrays)
    return common_batch([lift(value, lead) for value in arrays], lead), lead


@rule(np.concatenate)
def concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Arrays joined along an axis they have."""
    refuse_out(out)
    parts, lead = _parts(arrays)
    if axis is None:
        parts, axis = [flat(part, lead) for part in parts], 0
    rank = parts[0].ndim - lead
    if rank == 0:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    return Batched(np.concatenate(parts, negative(axis, rank), dtype=dtype, casting=casting), lead)


@rule(np.stack)
def stack(arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Arrays joined along a new axis."""
    refuse_out(out)
    parts, lead = _parts(arrays)
    rank = parts[0].ndim - lead
    if any(part.ndim != rank + lead for part in parts):
        raise ValueError("all input arrays must have the same shape")
    place = negative(axis, rank + 1) + rank + 1
    index = (*PREFIX[lead + place], None)
    return Batched(np.concatenate([part[index] for part in parts], lead + place, dtype=dtype, casting=casting), lead)


def _raised(rank: int) -> Any:
    """A function that joins arrays after giving them at least `rank` axes."""

    def prepare(tup: Any) -> list[Any]:
        values = list(tup)
        lead = lead_of(*values)
        return [RULES[np.atleast_1d if rank == 1 else np.atleast_2d](Batched(lift(v, lead), lead)) for v in values]

    return prepare


@rule(np.hstack)
def hstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Side by side."""
    values = _raised(1)(tup)
    return concatenate(values, 0 if values[0].ndim == 1 else 1, dtype=dtype, casting=casting)


@rule(np.vstack)
def vstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """One above the other."""
    return concatenate(_raised(2)(tup), 0, dtype=dtype, casting=casting)


@rule(np.dstack)
def dstack(tup: Any) -> Any:
    """One behind the other."""
    values = list(tup)
    lead = lead_of(*values)
    return concatenate([RULES[np.atleast_3d](Batched(lift(value, lead), lead)) for value in values], 2)


@rule(np.column_stack)
def column_stack(tup: Any) -> Any:
    """Vectors as columns."""
    values = [value[:, None] if value.ndim == 1 else value for value in _raised(1)(tup)]
    return concatenate(values, 1)


@rule(np.append)
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """Values after an array's."""
    lead = lead_of(arr, values)
    parts = [Batched(lift(arr, lead), lead), Batched(lift(values, lead), lead)]
    return concatenate(parts, axis)


def split_parts(a: Any, sections: Any, axis: Any, exact: bool) -> list[Any]:
    """Consecutive parts along an axis: so many, or cut at the given positions."""
    place = negative(axis, a.ndim)
    size = a._a.shape[place]
    if isinstance(sections, list | tuple | np.ndarray) and np.ndim(sections):
        cuts = [0, *(operator.index(cut) for cut in sections), size]
    else:
        count = operator.index(sections)
        if count <= 0:
            raise ValueError("number sections must be larger than 0.")
        if exact and size % count:
            raise ValueError("array split does not result in an equal division")
        each, extra = divmod(size, count)
        cuts = [0]
        for i in range(count):
            cuts.append(cuts[-1] + each + (1 if i < extra else 0))
    leading = PREFIX[a._a.ndim + place]
    return [Batched(a._a[(*leading, slice(b, e))], a._k) for b, e in itertools.pairwise(cuts)]


@rule(np.split)
def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    """Equal parts."""
    return split_parts(ary, indices_or_sections, axis, exact=True)


@rule(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    """Parts as equal as can be."""
    return split_parts(ary, indices_or_sections, axis, exact=False)


@rule(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts side by side."""
    return split_parts(ary, indices_or_sections, 0 if ary.ndim == 1 else 1, exact=True)


@rule(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts one above the other."""
    return split_parts(ary, indices_or_sections, 0, exact=True)


@rule(*(getattr(np, name) for name in ("unstack",) if hasattr(np, name)))  # NumPy 2.1
def unstack(x: Any, /, *, axis: Any = 0) -> tuple[Any, ...]:
    """The slices along an axis."""
    place = negative(axis, x.ndim)
    moved = np.moveaxis(x._a, place, x._k)
    return tuple(Batched(moved, x._k))


@rule(np.block)
def block(arrays: Any) -> Any:
    """Blocks of blocks, the innermost lists joined along the last axis."""

    def depth(value: Any) -> int:
        return 1 + max(map(depth, value)) if isinstance(value, list) else 0

    def rank_of(value: Any) -> int:
        return max(map(rank_of, value)) if isinstance(value, list) else int(np.ndim(value))

    levels, lead = depth(arrays), _first_lead(arrays)
    rank = max(levels, rank_of(arrays))

    def join(value: Any, level: int) -> Any:
        if not isinstance(value, list):
            lifted = lift(value, lead)
            shape = lifted.shape[:lead] + (1,) * (rank - (lifted.ndim - lead)) + lifted.shape[lead:]
            return Batched(lifted.reshape(shape), lead)
        return concatenate([join(part, level - 1) for part in value], -level)

    return join(arrays, levels)


def _first_lead(value: Sequence[Any]) -> int:
    for part in value:
        if type(part) is Batched:
            return part._k
        if isinstance(part, list):
            try:
                return _first_lead(part)
            except NotBatchable:
                continue
    raise NotBatchable("np.block without a batched part")
