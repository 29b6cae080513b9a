"""Standard scores over two dimensions, the variance being the mean of squares less the square of the mean.

Task: unseen/z_score_by_moments.
"""

import numpy as np
import step
from step import f32

X, Y, T = step.dims(X=4, Y=6, T=3)


@step.fn(f32, f32)
def square(v):
    return v * v


@step.fn(f32, f32, init=0)
def add(s, v):
    return s + v


@step.fn(f32, f32)
def divide_by_count(s):
    return s / (X.size * Y.size)


@step.fn((f32, f32), f32)
def minus(a, b):
    return a - b


@step.fn((f32, f32), f32)
def over_std(a, variance):
    return a / np.sqrt(variance)


def reference(field):
    flat = field.reshape(field.shape[0], -1)
    z = (flat - flat.mean(1, keepdims=True)) / flat.std(1, keepdims=True)
    return z.reshape(field.shape)


@step.operator(
    inputs={"field": step.stream(f32, [X, Y, T], scale=3)},
    outputs=step.stream(f32, [X, Y, T]),
    reference=reference,
)
def z_score_by_moments(field): ...
