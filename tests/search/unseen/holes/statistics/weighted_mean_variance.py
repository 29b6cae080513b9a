"""Weighted mean and weighted variance of every sample.

Task: unseen/weighted_mean_variance.
"""

import numpy as np
import step
from step import f32

N, B = step.dims(N=9, B=4)


@step.fn((f32, f32), f32)
def times(a, b):
    return a * b


@step.fn(f32, f32, init=0)
def total(s, a):
    return s + a


@step.fn((f32, f32), f32)
def over(a, b):
    return a / b


@step.fn((f32, f32), f32)
def squared_difference(a, b):
    return (a - b) ** 2


def reference(x, w):
    mean = np.average(x, axis=1, weights=w)
    return mean, np.average((x - mean[:, None]) ** 2, axis=1, weights=w)


@step.operator(
    inputs={"x": step.stream(f32, [N, B]), "w": step.stream(f32, [N, B], data="uniform")},
    outputs=(step.stream(f32, [B]), step.stream(f32, [B])),
    reference=reference,
)
def weighted_mean_variance(x, w): ...
