"""LARS: each layer's gradient is scaled by the ratio of the norms of weights and gradient.

Task: unseen/lars_update.
"""

import numpy as np
import step
from step import f32

D, L = step.dims(D=6, L=4)


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn(f32, f32)
def root(t):
    return np.sqrt(t)


@step.fn((f32, f32), f32)
def trust(w, g):
    return w / (g + 1e-9)


@step.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@step.fn((f32, f32), f32)
def descend(w, u):
    return w - 0.1 * u


def reference(w, g):
    ratio = np.linalg.norm(w, axis=1) / (np.linalg.norm(g, axis=1) + 1e-9)
    return w - 0.1 * ratio[:, np.newaxis] * g


@step.operator(
    inputs={"w": step.stream(f32, [D, L]), "g": step.stream(f32, [D, L])},
    outputs=step.stream(f32, [D, L]),
    reference=reference,
)
def lars_update(w, g): ...
