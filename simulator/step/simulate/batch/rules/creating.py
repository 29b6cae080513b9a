"""Arrays like another."""

from __future__ import annotations

from typing import Any

import numpy as np

from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import Batched, pad, rule


def _like(prototype: Any, shape: Any) -> tuple[int, ...]:
    """The shape of a new array with the prototype's batch axes."""
    if shape is None:
        return tuple(prototype._a.shape)
    element = (shape,) if isinstance(shape, int) else tuple(shape)
    return tuple(prototype._a.shape[: prototype._k]) + element


@rule(np.zeros_like)
def zeros_like(a: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, **_: Any) -> Any:
    """Zeros of the element's shape."""
    return Batched(np.zeros(_like(a, shape), a.dtype if dtype is None else dtype), a._k)


@rule(np.ones_like)
def ones_like(a: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, **_: Any) -> Any:
    """Ones of the element's shape."""
    return Batched(np.ones(_like(a, shape), a.dtype if dtype is None else dtype), a._k)


@rule(np.empty_like)
def empty_like(a: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, **_: Any) -> Any:
    """An array of the element's shape, without values."""
    # Zeros, so that a value the function forgets to set is the same in every run of a check.
    return Batched(np.zeros(_like(a, shape), a.dtype if dtype is None else dtype), a._k)


@rule(np.full_like)
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, **_: Any
) -> Any:
    """One value, in the element's shape."""
    if type(a) is not Batched:
        raise NotBatchable("np.full_like of a static array")
    target = _like(a, shape)
    kind = a.dtype if dtype is None else dtype
    if type(fill_value) is not Batched:
        return Batched(np.full(target, fill_value, kind), a._k)
    lead = a._k
    batch = np.broadcast_shapes(target[:lead], fill_value._a.shape[:lead])
    result = np.empty(batch + target[lead:], kind)
    np.copyto(result, pad(fill_value._a, lead, len(target) - lead), casting="unsafe")
    return Batched(result, lead)


@rule(np.copy)
def copy(a: Any, order: Any = "K", subok: bool = False) -> Any:
    """A copy that may be written to."""
    return Batched(a._a.copy(), a._k)
