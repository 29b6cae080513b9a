"""What the batching rules share: registration, axes, and what is static."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.array import RULES, Batched, operand, pad
from step.simulate.batch.errors import NotBatchable

F = TypeVar("F", bound=Callable[..., Any])


def rule(*functions: Any) -> Callable[[F], F]:
    """Registers a batching rule for NumPy functions. It takes the arguments that the functions take."""

    def register(implementation: F) -> F:
        for function in functions:
            RULES[function] = implementation
        return implementation

    return register


def lead_of(*values: Any) -> int:
    """The number of batch axes of the first `Batched` among the values (looking into lists)."""
    for value in values:
        if type(value) is Batched:
            return value._k
        if isinstance(value, list | tuple):
            for part in value:
                if type(part) is Batched:
                    return part._k
    raise NotBatchable("a batching rule without a batched operand")


def lift(value: Any, lead: int) -> NDArray[Any]:
    """The array of a value with `lead` batch axes in front: of size 1 if the value does not vary."""
    if type(value) is Batched:
        return value._a
    if isinstance(value, list | tuple) and any(type(part) is Batched for part in value):
        stacked: Batched = RULES[np.stack](value)
        return stacked._a
    array = np.asarray(value)
    return array.reshape((1,) * lead + array.shape)


def static(value: Any, what: str = "this operand") -> Any:
    """The plain value of something that must be the same for the whole batch."""
    if type(value) is Batched:
        array = value._a
        if any(size != 1 for size in array.shape[: value._k]):
            raise NotBatchable(f"{what} differs within the batch")
        return array.reshape(array.shape[value._k :])
    return value


def is_static(value: Any) -> bool:
    """Whether the value is the same for the whole batch, as far as its form shows."""
    return type(value) is not Batched or all(size == 1 for size in value._a.shape[: value._k])


def negative(axis: Any, rank: int) -> int:
    """An element's axis, counted from the end, so that it is the same axis of the array with batch axes.

    Raises:
        numpy.exceptions.AxisError: the element has no such axis (it would be a batch axis).
    """
    place = operator.index(axis)
    if not -rank <= place < rank:
        raise np.exceptions.AxisError(place, rank)
    return place if place < 0 else place - rank


def negatives(axis: Any, rank: int) -> int | tuple[int, ...]:
    """The axes of a reduction, counted from the end; None means all of them, an int stays an int."""
    if axis is None:
        return -1 if rank == 1 else tuple(range(-rank, 0))
    if isinstance(axis, tuple):
        return tuple(negative(each, rank) for each in axis)
    if rank == 0 and axis in (0, -1):  # NumPy lets 0-d arrays be reduced over their absent axis
        return ()
    return negative(axis, rank)


def flat(array: NDArray[Any], lead: int) -> NDArray[Any]:
    """The array with the element's axes made one."""
    if array.ndim == lead + 1:
        return array
    size = 1
    for length in array.shape[lead:]:
        size *= length
    return array.reshape((*array.shape[:lead], size))


def refuse_out(out: Any) -> None:
    """Rules write to no `out`: whoever needs one takes the loop."""
    if out is not None:
        raise NotBatchable("the argument out=")


def common_batch(arrays: list[NDArray[Any]], lead: int) -> list[NDArray[Any]]:
    """The arrays with equal batch axes, as views."""
    shapes = {array.shape[:lead] for array in arrays}
    if len(shapes) == 1:
        return arrays
    batch = np.broadcast_shapes(*shapes)
    return [np.broadcast_to(array, batch + array.shape[lead:]) for array in arrays]


__all__ = [
    "RULES",
    "Batched",
    "common_batch",
    "flat",
    "is_static",
    "lead_of",
    "lift",
    "negative",
    "negatives",
    "operand",
    "pad",
    "refuse_out",
    "rule",
    "static",
]
