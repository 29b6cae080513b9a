"""Squared error of a linear model with L1 and L2 penalties, each a fold; three outputs.

Task: unseen/elastic_loss.
"""

import numpy as np
import step
from step import f32

F, N = step.dims(F=4, N=6)


@step.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn((f32, f32), f32)
def square_error(p, y):
    return (p - y) ** 2


@step.fn(f32, f32)
def absolute(w):
    return abs(w)


@step.fn((f32, f32), f32)
def penalised(e, l1):
    return e + 0.1 * l1


def reference(x, w, y):
    e = np.square(x @ w - y)
    return e + 0.1 * np.abs(w).sum(), x @ w


@step.operator(
    inputs={"x": step.stream(f32, [F, N]), "w": step.stream(f32, [F]), "y": step.stream(f32, [N])},
    outputs=(step.stream(f32, [N]), step.stream(f32, [N])),
    reference=reference,
)
def elastic_loss(x, w, y): ...
