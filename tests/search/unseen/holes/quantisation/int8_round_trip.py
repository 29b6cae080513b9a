"""What int8 loses: each row quantised with a scale of its own and dequantised, and the mean squared error.

Task: unseen/int8_round_trip.
"""

import numpy as np
import step
from step import f32

D, N = step.dims(D=10, N=4)


@step.fn(f32, f32, init=0)
def abs_max(m, x):
    return np.maximum(m, np.abs(x))


@step.fn(f32, f32)
def scale_of(m):
    return m / 127.0


@step.fn((f32, f32), f32)
def quantise(x, scale):
    return np.clip(np.round(x / scale), -128, 127)


@step.fn((f32, f32), f32)
def dequantise(q, scale):
    return q * scale


@step.fn((f32, f32), f32)
def squared_error(x, y):
    return (x - y) ** 2


@step.fn(f32, f32, init=0)
def add(total, e):
    return total + e


@step.fn(f32, f32)
def mean(total):
    return total / D.size


def reference(x):
    scales = np.max(np.abs(x), axis=1, keepdims=True) / 127.0
    y = np.clip(np.round(x / scales), -128, 127) * scales
    return y, np.mean((y - x) ** 2, axis=1)


@step.operator(
    inputs={"x": step.stream(f32, [D, N])},
    outputs=(step.stream(f32, [D, N]), step.stream(f32, [N])),
    reference=reference,
)
def int8_round_trip(x): ...
