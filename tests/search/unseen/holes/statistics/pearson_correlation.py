"""Pearson's correlation of two series, out of one-line functions that are each needed several times.

Task: unseen/pearson_correlation.
"""

import numpy as np
import step
from step import f32

T, N = step.dims(T=8, N=3)


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn(f32, f32)
def mean(s):
    return s / T.size


@step.fn((f32, f32), f32)
def minus(x, y):
    return x - y


@step.fn((f32, f32), f32)
def times(x, y):
    return x * y


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn((f32, f32), f32)
def over_root(x, y):
    return x / np.sqrt(y)


def reference(x, y):
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(x, y, strict=True)])


@step.operator(
    inputs={"x": step.stream(f32, [T, N]), "y": step.stream(f32, [T, N])},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def pearson_correlation(x, y): ...
