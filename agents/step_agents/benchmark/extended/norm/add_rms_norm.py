"""Residual addition fused with RMS normalisation and a learned weight: gives the new residual too.

Task: extended/add_rms_norm.
"""

import numpy as np
import step
from step import Buffer, f32

H, T = step.dims(H=12, T=5)
Row = Buffer(f32, [H])
weight = step.parameter([H])


@step.fn((f32, f32), f32)
def add(x, y):
    return x + y


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32, init=0)
def total(t, x):
    return t + x


@step.fn(f32, f32)
def inverse_rms(t):
    return 1 / np.sqrt(t / H.size + 1e-6)


@step.fn((f32, f32), f32)
def multiply(x, y):
    return x * y


@step.fn(Row, Row)
def weighted(x):
    return x * weight


def reference(x, residual):
    summed = x + residual
    return summed / np.sqrt(np.mean(summed**2, axis=-1, keepdims=True) + 1e-6) * weight, summed


@step.operator(
    inputs={"x": step.stream(f32, [H, T]), "residual": step.stream(f32, [H, T])},
    outputs=(step.stream(f32, [H, T]), step.stream(f32, [H, T])),
    reference=reference,
)
def add_rms_norm(x, residual): ...
