"""Sorting and partitioning along an element axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from step.simulate.batch.array import writable
from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import RULES, Batched, flat, negative, rule


def _register_sort(function: Any) -> None:
    def implementation(a: Any, *args: Any, axis: Any = -1, **kwargs: Any) -> Any:
        if type(a) is not Batched:
            raise NotBatchable(f"np.{function.__name__} of a list")
        if function in (np.partition, np.argpartition):
            kth, *args_rest = args if args else (kwargs.pop("kth"),)
            leading: tuple[Any, ...] = (kth,)
        else:
            leading, args_rest = (), list(args)
        if args_rest:
            axis, *args_rest = args_rest
        if args_rest:
            kwargs["kind"], *args_rest = args_rest
        if args_rest or kwargs.get("order") is not None:
            raise NotBatchable(f"these arguments of np.{function.__name__}")
        array, lead = a._a, a._k
        if axis is None:
            array, axis = flat(array, lead), -1
        elif array.ndim == lead:
            raise np.exceptions.AxisError(axis, 0)
        else:
            axis = negative(axis, array.ndim - lead)
        return Batched(function(array, *leading, axis=axis, **kwargs), lead)

    RULES[function] = implementation


for _function in (np.sort, np.argsort, np.partition, np.argpartition):
    _register_sort(_function)


@rule("sort in place")
def sort_in_place(a: Batched, axis: Any, **kwargs: Any) -> None:
    """`x.sort()`."""
    writable(a)
    a._a.sort(axis=negative(axis, a.ndim), **kwargs)


@rule("partition in place")
def partition_in_place(a: Batched, kth: Any, axis: Any, **kwargs: Any) -> None:
    """`x.partition(k)`."""
    writable(a)
    a._a.partition(kth, axis=negative(axis, a.ndim), **kwargs)
