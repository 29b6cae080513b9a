"""One call of a user's function: its arguments built, its result checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.array import Batched
from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import lift
from step.simulate.batch.signature import Element, Leaf, leaves


class WrongResult(Exception):
    """A result is not the declared one; the loop makes a `FunctionError` of it."""

    def __init__(self, detail: str, field: int | None, expected: Any, actual: Any) -> None:
        self.detail = detail
        self.field = field
        self.expected = expected
        self.actual = actual
        super().__init__(detail)


def argument_builder(arguments: Sequence[Element]) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
    """Makes the positional arguments of the flat list of arrays; None if that list is them."""
    if all(isinstance(argument, Leaf) for argument in arguments):
        return None

    count = 0

    def places(element: Element) -> Any:
        nonlocal count
        if isinstance(element, Leaf):
            count += 1
            return count - 1
        return tuple(map(places, element))

    plan = [places(argument) for argument in arguments]

    def pick(flat: Sequence[Any], place: Any) -> Any:
        return flat[place] if type(place) is int else tuple([pick(flat, each) for each in place])

    def builder(flat: Sequence[Any]) -> Sequence[Any]:
        return [flat[place] if type(place) is int else pick(flat, place) for place in plan]

    return builder


def flat_arguments(values: Sequence[Any]) -> list[NDArray[Any]]:
    """The arrays of the caller's arguments, in order, tuples opened."""
    flat: list[NDArray[Any]] = []
    for value in values:
        if isinstance(value, tuple | list):
            flat.extend(flat_arguments(value))
        else:
            flat.append(value)
    return flat


def flat_results(result: Any, declared: Element) -> list[Any]:
    """The fields of a result, in order.

    Raises:
        WrongResult: not as many fields as declared, or no tuple where one is declared.
    """
    if isinstance(declared, Leaf):
        if type(result) is tuple:
            detail = f"returned a tuple of {len(result)} fields where one array was declared"
            raise WrongResult(detail, None, 1, len(result))
        return [result]
    if type(result) is Batched or not isinstance(result, tuple | list):
        kind = "an array" if type(result) is Batched or isinstance(result, np.ndarray) else f"a {type(result).__name__}"
        count = len(declared)
        raise WrongResult(f"returned {kind} where a tuple of {count} fields was declared", None, count, 1)
    if len(result) != len(declared):
        detail = f"returned {len(result)} fields where {len(declared)} were declared"
        raise WrongResult(detail, None, len(declared), len(result))
    fields: list[Any] = []
    for part, each in zip(result, declared, strict=True):
        fields.extend(flat_results(part, each))
    return fields


def as_array(value: Any, declared: Leaf, field: int) -> NDArray[Any]:
    """One field of one element's result, cast to its declared dtype.

    Raises:
        WrongResult: no numbers, or not of the declared shape.
    """
    if value is None:
        raise WrongResult("returned None", field, declared.shape, None)
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise WrongResult(f"returned something that is no array: {error}", field, declared.shape, None) from error
    if array.dtype.kind not in "biufc":
        raise WrongResult(f"returned no number but a {type(value).__name__}", field, declared.shape, None)
    if array.shape != declared.shape:
        detail = f"returned an array of shape {array.shape} where {declared.shape} was declared"
        raise WrongResult(detail, field, declared.shape, array.shape)
    return array.astype(declared.dtype, copy=False)


def run_batched(
    function: Callable[..., Any],
    arrays: Sequence[NDArray[Any]],
    lead: int,
    builder: Callable[[Sequence[Any]], Sequence[Any]] | None,
    declared: Element,
    result_leaves: Sequence[Leaf],
) -> list[NDArray[Any]]:
    """Calls the function once for the whole batch. Result axes along which nothing varies have size 1."""
    values = [Batched(array, lead) for array in arrays]
    result = function(*(values if builder is None else builder(values)))
    if type(result) is Batched and type(declared) is Leaf:
        array = result._a
        if array.dtype is declared.dtype and array.shape[lead:] == declared.shape:
            return [array]
    try:
        # The leaves are the declared object itself if that is a tuple of leaves: the usual tuple.
        usual = declared is result_leaves and type(result) is tuple and len(result) == len(result_leaves)
        fields: Sequence[Any] = result if usual else flat_results(result, declared)
    except WrongResult as error:
        raise NotBatchable(error.detail) from error
    outputs = []
    for value, leaf in zip(fields, result_leaves, strict=True):
        array = value._a if type(value) is Batched else lift(value, lead)
        if array.shape[lead:] != leaf.shape:
            raise NotBatchable(f"returned shape {array.shape[lead:]} where {leaf.shape} was declared")
        if array.dtype != leaf.dtype:
            if array.dtype.kind not in "biufc":
                raise NotBatchable("returned no numbers")
            array = array.astype(leaf.dtype)
        outputs.append(array)
    return outputs


def count_leaves(element: Element) -> int:
    """How many arrays an element has."""
    return sum(1 for _ in leaves(element))
