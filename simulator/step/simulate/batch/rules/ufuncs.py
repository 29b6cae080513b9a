"""Ufuncs beyond the plain call: `out=`, `where=`, reduce, accumulate, outer, and generalized ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from step.numeric import erf, erfc, gelu
from step.simulate.batch.array import align, writable
from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import RULES, Batched, lift, negatives, rule


@rule("ufunc")
def ufunc_rule(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any], lead: int) -> Any:
    """Every use of a ufunc that is not the plain elementwise call."""
    if ufunc.signature is not None:
        generalized = RULES.get(ufunc)
        if generalized is None or method != "__call__":
            raise NotBatchable(f"no batching rule for {ufunc.__name__}")
        return generalized(*inputs, **kwargs)
    if method == "__call__":
        return _call(ufunc, inputs, kwargs, lead)
    if method == "reduce":
        return reduce(ufunc, *inputs, **kwargs)
    if method == "accumulate":
        return accumulate(ufunc, *inputs, **kwargs)
    if method == "outer":
        return outer(ufunc, *inputs, lead=lead, **kwargs)
    if method == "at":
        return RULES["at"](ufunc, *inputs)
    raise NotBatchable(f"no batching rule for {ufunc.__name__}.{method}")


def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any], lead: int) -> Any:
    kwargs = dict(kwargs)
    out = kwargs.pop("out", None)
    where = kwargs.pop("where", True)
    values, rank = align((*inputs, where), lead)
    where_value = values.pop()
    if where is not True:
        kwargs["where"] = where_value
    if out is None:
        result = ufunc(*values, **kwargs)
        if type(result) is tuple:
            return tuple(Batched(each, lead) for each in result)
        if result.dtype.hasobject:
            raise NotBatchable(f"{ufunc.__name__} gives Python objects")
        return Batched(result, lead)
    if any(type(each) is not Batched or each.ndim < rank for each in out):
        raise NotBatchable("out= is an array of one element")
    for each in out:
        writable(each, *(v for v, i in zip(values, inputs, strict=True) if type(i) is Batched))
    targets = tuple(each._a for each in out)
    values, _ = align((*inputs, *out), lead)
    ufunc(*values[: len(inputs)], out=targets, **kwargs)
    return out[0] if len(out) == 1 else out


def _register_special(function: Any) -> None:
    def implementation(x: Batched) -> Batched:
        return Batched(function(x._a), x._k)

    RULES[function] = implementation


for _function in (erf, erfc, gelu):  # elementwise, though no ufuncs
    _register_special(_function)


def reduce(
    ufunc: np.ufunc,
    value: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = np._NoValue,
    where: Any = True,
) -> Any:
    """`ufunc.reduce` over the element's axes."""
    if out is not None and not (type(out) is tuple and out == (None,)):
        raise NotBatchable("the argument out=")
    if type(value) is not Batched:
        raise NotBatchable("a reduction of a list")
    array, lead = value._a, value._k
    axes = negatives(axis, array.ndim - lead)
    if initial is np._NoValue and where is True:
        return Batched(ufunc.reduce(array, axis=axes, dtype=dtype, keepdims=keepdims), lead)
    kwargs: dict[str, Any] = {} if initial is np._NoValue else {"initial": initial}
    if where is not True:
        mask = lift(where, lead)
        shape = np.broadcast_shapes(array.shape[:lead], mask.shape[:lead]) + array.shape[lead:]
        array = np.broadcast_to(array, shape)
        (kwargs["where"],), _ = align((Batched(mask, lead),), lead)
        missing = array.ndim - mask.ndim
        kwargs["where"] = mask.reshape(mask.shape[:lead] + (1,) * missing + mask.shape[lead:])
    return Batched(ufunc.reduce(array, axis=axes, dtype=dtype, keepdims=keepdims, **kwargs), lead)


def accumulate(ufunc: np.ufunc, value: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
    """`ufunc.accumulate` along one of the element's axes."""
    if out is not None and not (type(out) is tuple and out == (None,)):
        raise NotBatchable("the argument out=")
    if type(value) is not Batched:
        raise NotBatchable("an accumulation of a list")
    axes = negatives(axis, value.ndim)
    if not isinstance(axes, int):
        raise TypeError("cannot accumulate on a scalar")
    return Batched(ufunc.accumulate(value._a, axis=axes, dtype=dtype), value._k)


def outer(ufunc: np.ufunc, first: Any, second: Any, *, lead: int, **kwargs: Any) -> Any:
    """`ufunc.outer`: every value of the first with every value of the second."""
    if kwargs:
        raise NotBatchable(f"arguments of {ufunc.__name__}.outer")
    a, b = lift(first, lead), lift(second, lead)
    rank = b.ndim - lead
    a = a.reshape(a.shape + (1,) * rank)
    b = b.reshape(b.shape[:lead] + (1,) * (a.ndim - b.ndim) + b.shape[lead:])
    result = ufunc(a, b)
    if type(result) is tuple:
        return tuple(Batched(each, lead) for each in result)
    return Batched(result, lead)


@rule(np.copyto)
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """Copies into an array that the function made."""
    if type(dst) is not Batched:
        raise NotBatchable("np.copyto to an array of one element")
    lead = dst._k
    (target, source, mask), rank = align((dst, src, where), lead)
    if rank > dst.ndim:
        raise ValueError("could not broadcast the source to the target")
    writable(dst, *(v for v, i in ((source, src), (mask, where)) if type(i) is Batched))
    np.copyto(target, source, casting=casting, where=mask)
