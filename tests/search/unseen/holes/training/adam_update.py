"""One step of Adam: the new parameters and both moments.

Task: unseen/adam_update.
"""

import numpy as np
import step
from step import f32

P, L = step.dims(P=6, L=4)
LR, B1, B2, EPS = 1e-2, 0.9, 0.99, 1e-8


@step.fn((f32, f32), f32)
def first_moment(m, g):
    return B1 * m + (1 - B1) * g


@step.fn((f32, f32), f32)
def second_moment(v, g):
    return B2 * v + (1 - B2) * g * g


@step.fn((f32, f32), f32)
def direction(m, v):
    return m / (1 - B1) / (np.sqrt(v / (1 - B2)) + EPS)


@step.fn((f32, f32), f32)
def move(p, d):
    return p - LR * d


def adam(p, g, m, v):
    m = m + (1 - B1) * (g - m)
    v = v + (1 - B2) * (g**2 - v)
    return p - LR * (m / (1 - B1)) / (np.sqrt(v / (1 - B2)) + EPS), m, v


@step.operator(
    inputs={
        "p": step.stream(f32, [P, L]),
        "g": step.stream(f32, [P, L]),
        "m": step.stream(f32, [P, L], scale=0.1),
        "v": step.stream(f32, [P, L], data="uniform"),
    },
    outputs=(step.stream(f32, [P, L]), step.stream(f32, [P, L]), step.stream(f32, [P, L])),
    reference=adam,
)
def adam_update(p, g, m, v): ...
