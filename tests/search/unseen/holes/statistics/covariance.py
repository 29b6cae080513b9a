"""The covariance matrix of features over samples, centred first.

Task: unseen/covariance.
"""

import step
from step import f32

F, G, N = step.dims(F=4, G=3, N=7)


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn(f32, f32)
def over_n(s):
    return s / N.size


@step.fn((f32, f32), f32)
def minus(x, m):
    return x - m


@step.fn((f32, f32), f32)
def times(a, b):
    return a * b


def reference(x, y):
    xc = x - x.mean(axis=1, keepdims=True)
    yc = y - y.mean(axis=1, keepdims=True)
    return xc @ yc.T / x.shape[1]


@step.operator(
    inputs={"x": step.stream(f32, [N, F]), "y": step.stream(f32, [N, G])},
    outputs=step.stream(f32, [G, F]),
    reference=reference,
)
def covariance(x, y): ...
