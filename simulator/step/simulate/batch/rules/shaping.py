"""Functions that move an element's values without computing."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from step.simulate.batch.array import PREFIX
from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import (
    RULES,
    Batched,
    common_batch,
    flat,
    lead_of,
    lift,
    negative,
    refuse_out,
    rule,
    static,
)


def _sizes(shape: Any, size: int) -> tuple[int, ...]:
    """A target shape with its -1 worked out for `size` values."""
    if isinstance(shape, Batched) or not isinstance(shape, list | tuple | np.ndarray):
        shape = (shape,)
    sizes = [operator.index(each) for each in shape]
    if sizes.count(-1) > 1 or any(each < -1 for each in sizes):
        raise ValueError("can only specify one unknown dimension")
    known = 1
    for each in sizes:
        known *= 1 if each == -1 else each
    if -1 in sizes:
        if known == 0 or size % known:
            raise ValueError(f"cannot reshape array of size {size} into shape {tuple(sizes)}")
        return tuple(size // known if each == -1 else each for each in sizes)
    if known != size:
        raise ValueError(f"cannot reshape array of size {size} into shape {tuple(sizes)}")
    return tuple(sizes)


@rule(np.reshape)
def reshape(a: Any, shape: Any = None, order: Any = "C", *, newshape: Any = None, copy: Any = None) -> Any:
    """The element in another shape, row-major."""
    if order != "C" or type(a) is not Batched or copy is not None:
        raise NotBatchable("a reshape that is not row-major")
    array, lead = a._a, a._k
    target = _sizes(shape if newshape is None else newshape, a.size)
    return Batched(array.reshape(array.shape[:lead] + target), lead)


@rule(np.ravel)
def ravel(a: Any, order: Any = "C") -> Any:
    """The element with one axis."""
    if order not in ("C", "K") or (order == "K" and not a._a.flags.c_contiguous):
        raise NotBatchable("a ravel that is not row-major")
    return Batched(flat(a._a, a._k), a._k)


@rule(np.transpose, np.permute_dims)
def transpose(a: Any, axes: Any = None) -> Any:
    """The element with its axes permuted."""
    if axes is None:
        return a.T
    lead, rank = a._k, a.ndim
    if len(axes) != rank:
        raise ValueError("axes don't match array")
    order = [negative(axis, rank) + rank + lead for axis in axes]
    return Batched(a._a.transpose((*range(lead), *order)), lead)


@rule(np.swapaxes)
def swapaxes(a: Any, axis1: Any, axis2: Any) -> Any:
    """Two axes swapped."""
    rank = a.ndim
    return Batched(a._a.swapaxes(negative(axis1, rank), negative(axis2, rank)), a._k)


@rule(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    """The last two axes swapped."""
    return x.mT


@rule(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Axes moved."""
    rank = a.ndim

    def places(axes: Any) -> Any:
        return [negative(axis, rank) for axis in axes] if isinstance(axes, list | tuple) else negative(axes, rank)

    return Batched(np.moveaxis(a._a, places(source), places(destination)), a._k)


@rule(np.rollaxis)
def rollaxis(a: Any, axis: Any, start: int = 0) -> Any:
    """One axis rolled back to a position."""
    lead, rank = a._k, a.ndim
    begin = start + rank if start < 0 else start
    return Batched(np.rollaxis(a._a, negative(axis, rank) + rank + lead, begin + lead), lead)


@rule(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    """Axes of size 1 removed."""
    shape, rank = a.shape, a.ndim
    if axis is None:
        gone = {i for i, size in enumerate(shape) if size == 1}
    else:
        gone = {negative(each, rank) + rank for each in (axis if isinstance(axis, tuple) else (axis,))}
        if any(shape[i] != 1 for i in gone):
            raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    kept = tuple(size for i, size in enumerate(shape) if i not in gone)
    return Batched(a._a.reshape(a._a.shape[: a._k] + kept), a._k)


@rule(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Any:
    """New axes of size 1."""
    axes = axis if isinstance(axis, list | tuple) else (axis,)
    rank = a.ndim + len(axes)
    return Batched(np.expand_dims(a._a, tuple(negative(each, rank) for each in axes)), a._k)


def _at_least(rank: int) -> Any:
    def implementation(*arys: Any) -> Any:
        lead = lead_of(*arys)
        results = []
        for value in arys:
            array = lift(value, lead)
            shape = array.shape[lead:]
            if rank == 3 and len(shape) in (1, 2):  # NumPy puts the third axis last
                shape = (1, *shape, 1) if len(shape) == 1 else (*shape, 1)
            else:
                shape = (1,) * (rank - len(shape)) + shape
            results.append(Batched(array.reshape(array.shape[:lead] + shape), lead))
        return results[0] if len(results) == 1 else tuple(results)

    return implementation


RULES[np.atleast_1d], RULES[np.atleast_2d], RULES[np.atleast_3d] = _at_least(1), _at_least(2), _at_least(3)


@rule(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """The element broadcast to a shape."""
    target = (shape,) if isinstance(shape, int) else tuple(shape)
    if type(array) is not Batched or array.ndim > len(target):
        raise ValueError("input operand has more dimensions than allowed by the axis remapping")
    batch = array._a.shape[: array._k]
    widened = array._a.reshape(batch + (1,) * (len(target) - array.ndim) + array.shape)
    return Batched(np.broadcast_to(widened, batch + target), array._k)


@rule(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    """Elements broadcast to their common shape."""
    lead = lead_of(*args)
    lifted = [Batched(lift(value, lead), lead) for value in args]
    target = np.broadcast_shapes(*(value.shape for value in lifted))
    return tuple(broadcast_to(value, target) for value in lifted)


@rule(np.flip)
def flip(m: Any, axis: Any = None) -> Any:
    """Values in reverse order along axes."""
    rank = m.ndim
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    index = [slice(None)] * rank
    for each in axes:
        index[negative(each, rank)] = slice(None, None, -1)
    return Batched(m._a[(*PREFIX[m._k], *index)], m._k)


@rule(np.flipud)
def flipud(m: Any) -> Any:
    """Rows in reverse order."""
    return flip(m, 0)


@rule(np.fliplr)
def fliplr(m: Any) -> Any:
    """Columns in reverse order."""
    return flip(m, 1)


@rule(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Values rolled around along axes, or along the flattened element."""
    shift = static(shift, "the shift of np.roll")
    if axis is None:
        rolled = np.roll(flat(a._a, a._k), shift, -1)
        return Batched(rolled.reshape(a._a.shape), a._k)
    axes = tuple(negative(each, a.ndim) for each in axis) if isinstance(axis, tuple) else negative(axis, a.ndim)
    return Batched(np.roll(a._a, shift, axes), a._k)


@rule(np.rot90)
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """The plane of two axes turned by quarters."""
    first, second = (negative(each, m.ndim) for each in axes)
    return Batched(np.rot90(m._a, k, (first, second)), m._k)


@rule(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """The element repeated along its axes."""
    counts = (reps,) if isinstance(reps, int | np.integer) else tuple(static(reps, "the counts of np.tile"))
    lead, rank = A._k, max(A.ndim, len(counts))
    batch = A._a.shape[:lead]
    array = A._a.reshape(batch + (1,) * (rank - A.ndim) + A.shape)
    return Batched(np.tile(array, (1,) * lead + (1,) * (rank - len(counts)) + counts), lead)


@rule(np.repeat)
def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    """Values repeated along an axis, or along the flattened element; the counts are static."""
    counts = static(repeats, "the counts of np.repeat")
    if type(a) is not Batched:
        raise NotBatchable("np.repeat with batched counts")
    if axis is None:
        return Batched(np.repeat(flat(a._a, a._k), counts, -1), a._k)
    return Batched(np.repeat(a._a, counts, negative(axis, a.ndim)), a._k)


@rule(np.pad)
def pad_rule(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """The element with borders; the values of constant borders are static."""
    if callable(mode) or any(np.ndim(value) for value in kwargs.values() if type(value) is not Batched):
        raise NotBatchable("np.pad with a function, or with a value a side")
    settings = {name: static(value, f"{name} of np.pad") for name, value in kwargs.items()}
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist() if array.ndim else []
    return Batched(np.pad(array._a, [(0, 0)] * array._k + widths, mode, **settings), array._k)


@rule(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """A vector as a diagonal matrix, or a matrix's diagonal."""
    if v.ndim == 2:
        return Batched(np.diagonal(v._a, k, -2, -1), v._k)
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    size = v._a.shape[-1] + abs(k)
    result = np.zeros((*v._a.shape[:-1], size, size), v.dtype)
    places = np.arange(v._a.shape[-1])
    result[..., places + max(-k, 0), places + max(k, 0)] = v._a
    return Batched(result, v._k)


@rule(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """Diagonals of a plane of two axes."""
    return Batched(np.diagonal(a._a, offset, negative(axis1, a.ndim), negative(axis2, a.ndim)), a._k)


@rule(np.trace)
def trace(a: Any, offset: int = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None) -> Any:
    """Sums of diagonals."""
    refuse_out(out)
    return Batched(np.trace(a._a, offset, negative(axis1, a.ndim), negative(axis2, a.ndim), dtype), a._k)


def _triangle(function: Any) -> Any:
    def implementation(m: Any, k: int = 0) -> Any:
        if m.ndim < 2:
            raise NotBatchable("a triangle of a vector")
        return Batched(function(m._a, k), m._k)

    return implementation


RULES[np.triu], RULES[np.tril] = _triangle(np.triu), _triangle(np.tril)


@rule(np.diff)
def diff(a: Any, n: int = 1, axis: Any = -1, prepend: Any = np._NoValue, append: Any = np._NoValue) -> Any:
    """Differences of neighbours along an axis."""
    if prepend is not np._NoValue or append is not np._NoValue:
        raise NotBatchable("np.diff with borders")
    return Batched(np.diff(a._a, n, negative(axis, a.ndim)), a._k)


@rule(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: Any = -1) -> Any:
    """The integral along an axis; positions are static."""
    return Batched(np.asarray(np.trapezoid(y._a, static(x), dx, negative(axis, y.ndim))), y._k)


__all__ = ["common_batch", "flip", "reshape"]
