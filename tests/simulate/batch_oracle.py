"""The oracle of the batching tests: the definition of a batched call, written as a plain loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from step.simulate.batch import BatchedFunction, Element, Leaf, Signature, quiet


def values(seed: int, *shapes: tuple[int, ...]) -> list[NDArray[Any]]:
    """Seeded normal arrays."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def looped(function: Callable[..., Any], arguments: Sequence[Any], batch: tuple[int, ...]) -> list[NDArray[Any]]:
    """For every position of the batch, the function on that position's elements; the fields of the result stacked."""
    rows: list[list[NDArray[Any]]] = []
    for position in np.ndindex(*batch):
        result = function(*(np.array(argument[(*position, ...)]) for argument in arguments))
        fields = result if isinstance(result, tuple) else (result,)
        rows.append([np.asarray(field) for field in fields])
    return [np.stack(field).reshape((*batch, *field[0].shape)) for field in zip(*rows, strict=True)]


def assert_batched(
    function: Callable[..., Any], arguments: Sequence[Any], batch: tuple[int, ...], mode: str | None = "batched"
) -> BatchedFunction:
    """The function's batched results are the loop's, and it ran in the given mode."""
    with quiet():
        expected = looped(function, arguments, batch)
        shapes = [each.shape[len(batch) :] for each in expected]
        leaves = tuple(Leaf(shape, each.dtype) for shape, each in zip(shapes, expected, strict=True))
        results: Element = leaves
        if not isinstance(function(*(np.array(a[(*(0,) * len(batch), ...)]) for a in arguments)), tuple):
            results = leaves[0]
        entries = tuple(Leaf(argument.shape[len(batch) :], argument.dtype) for argument in arguments)
        batched = BatchedFunction(function, getattr(function, "__name__", "f"), Signature(entries, results))
        actual = batched(arguments, batch)
    assert len(actual) == len(expected)
    for got, want in zip(actual, expected, strict=True):
        assert got.shape == want.shape
        assert got.dtype == want.dtype
        assert not got.flags.writeable
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-11)
    if mode is not None:
        assert (batched.mode, batched.reason) == (mode, batched.reason if mode != "batched" else "")
    assert not batched.suspect
    return batched
