"""Softmax over the innermost dimension, of numbers so large that it must subtract the largest first.

Task: extended/softmax.
"""

import numpy as np
import step
from step import f32

C, B = step.dims(C=24, B=6)


@step.fn(f32, f32, init=-np.inf)
def largest(m, x):
    return np.maximum(m, x)


@step.fn((f32, f32), f32)
def subtract(x, y):
    return x - y


@step.fn(f32, f32)
def exp(x):
    return np.exp(x)


@step.fn(f32, f32, init=0)
def total(t, x):
    return t + x


@step.fn((f32, f32), f32)
def divide(x, y):
    return x / y


def reference(x):
    odds = np.exp(x - x.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


@step.operator(
    inputs={"x": step.stream(f32, [C, B], data="uniform", scale=800)},
    outputs=step.stream(f32, [C, B]),
    reference=reference,
)
def softmax(x): ...
