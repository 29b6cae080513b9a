"""`np.linalg` and `np.fft`: they work on stacks by themselves; the rules see to axes and vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import RULES, Batched, flat, lead_of, lift, negative, negatives, rule


def _register_stacked(function: Any) -> None:
    """Functions of a matrix that take a stack of them (and give arrays, or a tuple of such)."""

    def implementation(a: Any, *args: Any, **kwargs: Any) -> Any:
        if type(a) is not Batched or any(type(value) is Batched for value in (*args, *kwargs.values())):
            raise NotBatchable(f"these arguments of np.linalg.{function.__name__}")
        if a.ndim < 2:
            raise np.linalg.LinAlgError("the array must be at least two-dimensional")
        result = function(a._a, *args, **kwargs)
        if not isinstance(result, tuple):
            return Batched(np.asarray(result), a._k)
        parts = [Batched(np.asarray(part), a._k) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)

    RULES[function] = implementation


for _function in (
    np.linalg.det, np.linalg.inv, np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh, np.linalg.slogdet,
    np.linalg.qr, np.linalg.svd, np.linalg.pinv, np.linalg.matrix_power, np.linalg.matrix_rank, np.linalg.cond,
):  # fmt: skip
    _register_stacked(_function)


@rule(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """`np.linalg.solve`; a vector on the right stays a vector."""
    lead = lead_of(a, b)
    matrix, right = lift(a, lead), lift(b, lead)
    if right.ndim == lead + 1:
        return Batched(np.linalg.solve(matrix, right[..., None])[..., 0], lead)
    return Batched(np.linalg.solve(matrix, right), lead)


@rule(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Vector and matrix norms."""
    array, lead = x._a, x._k
    rank = array.ndim - lead
    if axis is not None:
        axes = negatives(axis, rank)
    elif ord is None:
        array = flat(array, lead)
        result = np.linalg.norm(array, None, -1)
        return Batched(result.reshape(result.shape + (1,) * rank) if keepdims else result, lead)
    elif rank in (1, 2):
        axes = -1 if rank == 1 else (-2, -1)
    else:
        raise ValueError("improper number of dimensions to norm")
    return Batched(np.linalg.norm(array, ord, axes, keepdims), lead)


@rule(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Vector norms; of the flattened element without an axis."""
    if axis is not None:
        return Batched(np.linalg.vector_norm(x._a, axis=negatives(axis, x.ndim), keepdims=keepdims, ord=ord), x._k)
    result = np.linalg.vector_norm(flat(x._a, x._k), axis=-1, ord=ord)
    return Batched(result.reshape(result.shape + (1,) * x.ndim) if keepdims else result, x._k)


def _register_transform(function: Any) -> None:
    def implementation(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
        if out is not None:
            raise NotBatchable("the argument out=")
        return Batched(function(a._a, n, negative(axis, a.ndim), norm), a._k)

    RULES[function] = implementation


for _function in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft):
    _register_transform(_function)
