"""Reductions over the element's axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import RULES, Batched, flat, lift, negative, negatives, refuse_out, rule
from step.simulate.batch.rules.ufuncs import reduce

_NOTHING = np._NoValue


def _register_reduction(function: Any, ufunc: np.ufunc) -> None:
    """Reductions that are `ufunc.reduce` under another name, with axis=None for all axes."""
    raw = ufunc.reduce

    def numeric(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = _NOTHING,
        where: Any = True,
    ) -> Any:
        if type(a) is Batched and dtype is None and out is None and initial is _NOTHING and where is True:
            array, lead = a._a, a._k
            axes = negatives(axis, array.ndim - lead)
            return Batched(raw(array, axis=axes, keepdims=bool(keepdims is not _NOTHING and keepdims)), lead)
        keep = bool(keepdims is not _NOTHING and keepdims)
        return reduce(ufunc, a, axis, dtype, out, keep, initial, True if where is _NOTHING else where)

    def plain(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *args: Any, **kwargs: Any) -> Any:
        return numeric(a, axis, None, out, keepdims, *args, **kwargs)

    RULES[function] = numeric if function in (np.sum, np.prod) else plain


for _function, _ufunc in (
    (np.sum, np.add),
    (np.prod, np.multiply),
    (np.max, np.maximum),
    (np.amax, np.maximum),
    (np.min, np.minimum),
    (np.amin, np.minimum),
):
    _register_reduction(_function, _ufunc)


def _truth(ufunc: np.ufunc) -> Callable[..., Any]:
    def implementation(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
        keep = bool(keepdims is not _NOTHING and keepdims)
        # logical_or.reduce on floats gives booleans, but of object arrays it would give objects.
        return reduce(ufunc, a, axis, None, out, keep, _NOTHING, True if where is _NOTHING else where)

    return implementation


RULES[np.any] = _truth(np.logical_or)
RULES[np.all] = _truth(np.logical_and)


def _masked(where: Any, lead: int, rank: int) -> dict[str, Any]:
    if where is True or where is _NOTHING:
        return {}
    mask = lift(where, lead)
    return {"where": mask.reshape(mask.shape[:lead] + (1,) * (rank + lead - mask.ndim) + mask.shape[lead:])}


@rule(np.mean)
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Any:
    """Mean over element axes."""
    refuse_out(out)
    if type(a) is not Batched:
        raise NotBatchable("a reduction of a list")
    array, lead = a._a, a._k
    axes = negatives(axis, array.ndim - lead)
    keep = bool(keepdims is not _NOTHING and keepdims)
    if dtype is None and where is True and array.dtype.kind == "f" and array.dtype.itemsize >= 4:
        total: NDArray[Any] = np.add.reduce(array, axis=axes, keepdims=keep)  # type: ignore[call-overload]
        count = 1
        for each in (axes,) if isinstance(axes, int) else axes:
            count *= array.shape[each]
        np.true_divide(total, count, out=total, casting="unsafe")  # as NumPy's own mean divides
        return Batched(total, lead)
    masks = _masked(where, lead, array.ndim - lead)
    if masks:
        array = np.broadcast_to(array, np.broadcast_shapes(array.shape, masks["where"].shape))
    return Batched(np.mean(array, axis=axes, dtype=dtype, keepdims=keep, **masks), lead)


def _register_by_axes(function: Any) -> None:
    """Reductions that take an axis or a tuple of axes; None means all axes."""

    def implementation(a: Any, axis: Any = None, *args: Any, where: Any = True, **kwargs: Any) -> Any:
        if type(a) is not Batched:
            raise NotBatchable("a reduction of a list")
        array, lead = a._a, a._k
        refuse_out(kwargs.get("out"))
        if any(type(value) is Batched for value in (*args, *kwargs.values())):
            raise NotBatchable(f"a batched argument of np.{function.__name__}")
        axes = negatives(axis, array.ndim - lead)
        if axes == () and function in _NO_EMPTY_AXES:
            array, axes = array[..., None], -1
        masks = _masked(where, lead, array.ndim - lead)
        if masks:
            array = np.broadcast_to(array, np.broadcast_shapes(array.shape, masks["where"].shape))
        return Batched(function(array, axes, *args, **kwargs, **masks), lead)

    RULES[function] = implementation


_NO_EMPTY_AXES = frozenset((np.ptp, np.median, np.nanmedian))
for _over_axes in (
    np.std, np.var, np.ptp, np.median, np.count_nonzero,
    np.nansum, np.nanprod, np.nanmean, np.nanstd, np.nanvar, np.nanmax, np.nanmin, np.nanmedian,
):  # fmt: skip
    _register_by_axes(_over_axes)


def _register_by_axis(function: Any) -> None:
    """Functions along one axis; None means the flattened element."""

    def implementation(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        if type(a) is not Batched:
            raise NotBatchable(f"np.{function.__name__} of a list")
        array, lead = a._a, a._k
        refuse_out(kwargs.get("out"))
        if axis is None:
            if kwargs.get("keepdims") is True:
                raise NotBatchable("keepdims without an axis")
            array, axis = flat(array, lead), -1
        elif array.ndim == lead:
            array, axis = array[..., None], negative(axis, 1)
        else:
            axis = negative(axis, array.ndim - lead)
        return Batched(function(array, axis, *args, **kwargs), lead)

    RULES[function] = implementation


for _along_axis in (
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.cumsum, np.cumprod, np.nancumsum, np.nancumprod,
):  # fmt: skip
    _register_by_axis(_along_axis)


@rule(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """Weighted mean. Weights have the element's shape, or are one-dimensional along the axis."""
    if returned or (type(a) is not Batched and weights is None):
        raise NotBatchable("np.average with returned=True")
    if weights is None:
        return mean(a, axis, keepdims=keepdims)
    rank = np.ndim(a)
    if np.ndim(weights) != rank:
        if np.ndim(weights) != 1 or axis is None or isinstance(axis, tuple):
            raise NotBatchable("the shape of np.average's weights")
        weights = RULES[np.reshape](weights, (-1, *(1,) * (-negative(axis, rank) - 1))) if type(weights) is Batched \
            else np.reshape(weights, (-1, *(1,) * (-negative(axis, rank) - 1)))  # fmt: skip
    keep = bool(keepdims is not _NOTHING and keepdims)
    weights = weights + a * 0 if np.shape(weights) != np.shape(a) else weights
    return (a * weights).sum(axis=axis, keepdims=keep) / weights.sum(axis=axis, keepdims=keep)
