"""Average pooling in windows of four, then a ReLU of how much each window differs from the mean of its row.

Task: unseen/average_pool_1d.
"""

import numpy as np
import step
from step import f32

S = step.dim("S", 12, multiple_of=4)
N = step.dim("N", 5)


@step.fn(f32, f32, init=0)
def accumulate(t, x):
    return t + x


@step.fn(f32, f32)
def quarter(t):
    return t * 0.25


@step.fn(f32, f32)
def row_mean(t):
    return t / S.size


@step.fn((f32, f32), f32)
def relu_difference(w, m):
    return np.maximum(w - m, 0)


def reference(x):
    windows = x.reshape(x.shape[0], -1, 4).mean(axis=2)
    return np.maximum(windows - x.mean(axis=1, keepdims=True), 0.0)


@step.operator(inputs={"x": step.stream(f32, [S, N])}, outputs=step.stream(f32, [S / 4, N]), reference=reference)
def average_pool_1d(x): ...
