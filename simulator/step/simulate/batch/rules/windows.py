"""Sliding windows, and what is made of them: convolution, correlation, gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import Batched, lead_of, lift, negative, negatives, rule, static


@rule(sliding_window_view)
def windows(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False) -> Any:
    """Read-only windows along axes; the windows' axes come last."""
    if writeable:
        raise NotBatchable("windows that may be written to")
    if axis is None:
        axes: Any = tuple(range(-x.ndim, 0))
        window_shape = (window_shape,) if isinstance(window_shape, int) else tuple(window_shape)
    else:
        axes = negatives(axis if isinstance(axis, int) else tuple(axis), x.ndim)
    return Batched(sliding_window_view(x._a, window_shape, axes), x._k)


def _products(signal: NDArray[Any], kernel: NDArray[Any], mode: str) -> NDArray[Any]:
    """Products of a kernel with the windows of a signal, both along the last axis; the kernel is no longer."""
    width, length = kernel.shape[-1], signal.shape[-1]
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    if mode != "valid":
        signal = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(width - 1, width - 1)])
    result: NDArray[Any] = np.vecdot(sliding_window_view(signal, width, -1), kernel[..., None, :])
    begin = (width - 1) // 2
    return result[..., begin : begin + length] if mode == "same" else result


@rule(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The convolution of two vectors."""
    lead = lead_of(a, v)
    signal, kernel = lift(a, lead), lift(v, lead)
    if signal.ndim != lead + 1 or kernel.ndim != lead + 1 or "c" in (signal.dtype.kind, kernel.dtype.kind):
        raise NotBatchable("np.convolve of anything but real vectors")
    if kernel.shape[-1] > signal.shape[-1]:
        signal, kernel = kernel, signal
    return Batched(_products(signal, kernel[..., ::-1], mode), lead)


@rule(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The correlation of a vector with one that is no longer."""
    lead = lead_of(a, v)
    signal, kernel = lift(a, lead), lift(v, lead)
    if signal.ndim != lead + 1 or kernel.ndim != lead + 1 or "c" in (signal.dtype.kind, kernel.dtype.kind):
        raise NotBatchable("np.correlate of anything but real vectors")
    if kernel.shape[-1] > signal.shape[-1]:
        raise NotBatchable("np.correlate with a longer second vector")
    return Batched(_products(signal, kernel, mode), lead)


@rule(np.gradient)
def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    """Differences in the middle, along one axis."""
    if (axis is None and f.ndim != 1) or isinstance(axis, tuple):
        raise NotBatchable("np.gradient along several axes")
    place = negative(-1 if axis is None else axis, f.ndim)
    steps = [static(step, "the spacing of np.gradient") for step in spacing]
    return Batched(np.gradient(f._a, *steps, axis=place, edge_order=edge_order), f._k)


@rule(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """A polynomial with static coefficients."""
    if type(x) is not Batched:
        raise NotBatchable("np.polyval with batched coefficients")
    return Batched(np.polyval(static(p, "the coefficients"), x._a), x._k)
