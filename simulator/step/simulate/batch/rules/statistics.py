"""Quantiles, comparisons of whole arrays, and elementwise functions that are no ufuncs."""

from __future__ import annotations

from typing import Any

import numpy as np

from step.simulate.batch.array import align
from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import RULES, Batched, lead_of, negatives, refuse_out, rule, static


def _register_quantile(function: Any) -> None:
    def implementation(a: Any, q: Any, axis: Any = None, out: Any = None, *args: Any, **kwargs: Any) -> Any:
        refuse_out(out)
        if type(a) is not Batched:
            raise NotBatchable(f"np.{function.__name__} of a static array at batched quantiles")
        points = np.asarray(static(q, "the quantile"))
        if points.ndim > 1 or kwargs.get("weights") is not None:
            raise NotBatchable(f"these arguments of np.{function.__name__}")
        array, lead = a._a, a._k
        axes = negatives(axis, array.ndim - lead)
        if axes == ():
            array, axes = array[..., None], -1
        result = function(array, points, axes, None, *args, **kwargs)
        return Batched(np.moveaxis(result, 0, lead) if points.ndim else result, lead)

    RULES[function] = implementation


for _function in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile):
    _register_quantile(_function)


def _register_elementwise(function: Any) -> None:
    """Functions of one array and static parameters that work value by value."""

    def implementation(a: Any, *args: Any, **kwargs: Any) -> Any:
        if type(a) is not Batched or any(type(value) is Batched for value in (*args, *kwargs.values())):
            raise NotBatchable(f"these arguments of np.{function.__name__}")
        refuse_out(kwargs.get("out"))
        return Batched(np.asarray(function(a._a, *args, **kwargs)), a._k)

    RULES[function] = implementation


for _each in (
    np.round, np.around, np.nan_to_num, np.real, np.imag, np.angle, np.sinc, np.i0, np.fix, np.isneginf, np.isposinf,
    np.isreal, np.iscomplex, np.real_if_close,
):  # fmt: skip
    _register_elementwise(_each)


@rule(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Interpolation in a static table."""
    if type(x) is not Batched:
        raise NotBatchable("np.interp in a batched table")
    table = [static(value, "the table of np.interp") for value in (xp, fp, left, right, period)]
    return Batched(np.asarray(np.interp(x._a, *table)), x._k)


@rule(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The bins that values fall into; the bins are static."""
    if type(x) is not Batched:
        raise NotBatchable("np.digitize with batched bins")
    return Batched(np.asarray(np.digitize(x._a, static(bins, "the bins"), right)), x._k)


@rule(np.searchsorted)
def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    """Where values belong in a static sorted array."""
    table = static(a, "the sorted array of np.searchsorted")
    return Batched(np.asarray(np.searchsorted(table, v._a, side, static(sorter))), v._k)


@rule(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    """Value by value: close enough."""
    lead = lead_of(a, b, rtol, atol)
    (first, second, relative, absolute), _ = align((a, b, rtol, atol), lead)
    return Batched(np.asarray(np.isclose(first, second, relative, absolute, equal_nan)), lead)


@rule(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    """All values close enough: one decision, which may split the batch."""
    return bool(isclose(a, b, rtol, atol, equal_nan).all())


@rule(np.array_equal)
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Equal shapes and values: one decision, which may split the batch."""
    if equal_nan:
        raise NotBatchable("np.array_equal with equal_nan")
    return np.shape(a1) == np.shape(a2) and bool((a1 == a2).all())


@rule(np.shape)
def shape(a: Any) -> tuple[int, ...]:
    """The element's shape."""
    result: tuple[int, ...] = a.shape
    return result


@rule(np.ndim)
def ndim(a: Any) -> int:
    """The element's number of axes."""
    return int(a.ndim)


@rule(np.size)
def size(a: Any, axis: Any = None) -> int:
    """The element's number of values, or along one axis."""
    return int(a.size if axis is None else a.shape[axis])


@rule(np.result_type)
def result_type(*values: Any) -> np.dtype[Any]:
    """What NumPy's promotion gives."""
    return np.result_type(*(value.dtype if type(value) is Batched else value for value in values))


@rule(np.iscomplexobj)
def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex."""
    return bool(x.dtype.kind == "c")


@rule(np.isrealobj)
def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex."""
    return bool(x.dtype.kind != "c")
