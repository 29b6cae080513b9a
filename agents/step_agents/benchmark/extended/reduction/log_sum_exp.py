"""The logarithm of a sum of exponentials over an image's two dimensions, stable for large numbers.

Task: extended/log_sum_exp.
"""

import numpy as np
import step
from step import f32

W, H, B = step.dims(W=4, H=6, B=5)


@step.fn(f32, f32, init=-np.inf)
def largest(m, x):
    return np.maximum(m, x)


@step.fn((f32, f32), f32)
def exp_difference(x, m):
    return np.exp(x - m)


@step.fn(f32, f32, init=0)
def total(t, x):
    return t + x


@step.fn((f32, f32), f32)
def add_log(m, t):
    return m + np.log(t)


def reference(x):
    return np.logaddexp.reduce(x, axis=(1, 2))


@step.operator(
    inputs={"x": step.stream(f32, [W, H, B], data="uniform", scale=800)},
    outputs=step.stream(f32, [B]),
    reference=reference,
)
def log_sum_exp(x): ...
