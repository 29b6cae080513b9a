"""SGD with momentum, weight decay and a global gradient-norm clip per tensor.

Task: unseen/sgd_momentum.
"""

import numpy as np
import step
from step import f32

P, L = step.dims(P=7, L=3)


@step.fn((f32, f32), f32)
def decayed(g, w):
    return g + 0.01 * w


@step.fn(f32, f32, init=0)
def sum_squares(t, g):
    return t + g * g


@step.fn(f32, f32)
def clip_factor(t):
    return np.minimum(1.0, 1.0 / np.sqrt(t + 1e-12))


@step.fn((f32, f32), f32)
def times(a, b):
    return a * b


@step.fn((f32, f32), f32)
def momentum(m, g):
    return 0.9 * m + g


@step.fn((f32, f32), f32)
def update(w, m):
    return w - 0.1 * m


def reference(w, g, m):
    g = g + 0.01 * w
    norm = np.linalg.norm(g, axis=1, keepdims=True)
    g = g * np.minimum(1, 1 / norm)
    m = 0.9 * m + g
    return w - 0.1 * m, m


@step.operator(
    inputs={"w": step.stream(f32, [P, L]), "g": step.stream(f32, [P, L]), "m": step.stream(f32, [P, L])},
    outputs=(step.stream(f32, [P, L]), step.stream(f32, [P, L])),
    reference=reference,
)
def sgd_momentum(w, g, m): ...
