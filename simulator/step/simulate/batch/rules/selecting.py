"""Choosing values: where, clip, take and their like."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from step.simulate.batch.array import align, writable
from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import (
    RULES,
    Batched,
    common_batch,
    flat,
    is_static,
    lead_of,
    lift,
    negative,
    refuse_out,
    rule,
    static,
)


@rule(np.where)
def where(condition: Any, *choices: Any) -> Any:
    """`np.where` with three arguments; with one the result's length would vary."""
    if len(choices) != 2:
        raise NotBatchable("np.where with one argument")
    lead = lead_of(condition, *choices)
    values, _ = align((condition, *choices), lead)
    return Batched(np.where(*values), lead)


@rule(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """`np.select`: the first condition that holds."""
    lead = lead_of(condlist, choicelist, default)
    count = len(condlist)
    if count != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    values, _ = align((*condlist, *choicelist, default), lead)
    return Batched(np.select(values[:count], values[count:-1], values[-1]), lead)


@rule(np.clip)
def clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **kwargs: Any
) -> Any:
    """`np.clip`, the bounds of any kind."""
    refuse_out(out)
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    lead = lead_of(a, low, high)
    (value, lower, upper), _ = align((a, low, high), lead)
    return Batched(np.clip(value, lower, upper, **kwargs), lead)


@rule(np.take)
def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    """`np.take`, as indexing along one axis."""
    refuse_out(out)
    if type(a) is not Batched or mode != "raise":
        raise NotBatchable("np.take with a mode")
    if axis is None:
        a, axis = Batched(flat(a._a, a._k), a._k), 0
    position = negative(axis, a.ndim) + a.ndim
    indices = np.asarray(indices) if isinstance(indices, list | tuple) else indices
    return RULES[operator.getitem](a, (*(slice(None),) * position, indices))


@rule(np.choose)
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """`np.choose` among a list of arrays."""
    refuse_out(out)
    lead = lead_of(a, choices)
    if mode != "raise" or not isinstance(choices, list | tuple):
        raise NotBatchable("np.choose among an array")
    values, _ = align((a, *choices), lead)
    return Batched(np.choose(values[0], values[1:]), lead)


def _along(array: Any, indices: Any, axis: Any) -> tuple[Any, Any, int, int]:
    lead = lead_of(array, indices)
    data, chosen = common_batch([lift(array, lead), lift(indices, lead)], lead)
    if axis is None:
        return flat(data, lead), flat(chosen, lead), -1, lead
    return data, chosen, negative(axis, data.ndim - lead), lead


@rule(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """One index for each value of the result."""
    data, chosen, position, lead = _along(arr, indices, axis)
    return Batched(np.take_along_axis(data, chosen, position), lead)


@rule(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """Writes values where indices point to."""
    if type(arr) is not Batched or axis is None:
        raise NotBatchable("np.put_along_axis to an array of one element")
    lead = arr._k
    source = lift(values, lead)
    chosen = lift(indices, lead)
    writable(arr, source, chosen)
    chosen = np.broadcast_to(chosen, arr._a.shape[:lead] + chosen.shape[lead:])
    if source.ndim - lead < arr.ndim:
        source = source.reshape(source.shape[:lead] + (1,) * (arr.ndim + lead - source.ndim) + source.shape[lead:])
    np.put_along_axis(arr._a, chosen, source, negative(axis, arr.ndim))


@rule(np.compress)
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """`np.compress` with a static condition."""
    refuse_out(out)
    if not is_static(condition):
        raise NotBatchable("np.compress with a condition that differs within the batch")
    return take(a, np.flatnonzero(np.asarray(static(condition))), axis)
