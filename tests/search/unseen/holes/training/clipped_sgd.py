"""SGD with the gradient clipped by its global norm over all rows.

Task: unseen/clipped_sgd.
"""

import numpy as np
import step
from step import f32

D, N = step.dims(D=6, N=5)


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn(f32, f32)
def factor(t):
    return np.minimum(1.0, 1.5 / np.sqrt(t))


@step.fn((f32, f32), f32)
def mul(g, c):
    return g * c


@step.fn((f32, f32), f32)
def descend(p, g):
    return p - 0.05 * g


def reference(p, g):
    norm = np.sqrt((g**2).sum())
    if norm > 1.5:
        g = g * 1.5 / norm
    return p - 0.05 * g


@step.operator(
    inputs={"p": step.stream(f32, [D, N]), "g": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def clipped_sgd(p, g): ...
