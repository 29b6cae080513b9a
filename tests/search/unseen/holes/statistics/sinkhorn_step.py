"""One Sinkhorn step: kernel of costs, rows normalised, then the column sums' reciprocals.

Task: unseen/sinkhorn_step.
"""

import numpy as np
import step
from step import f32

N, M = step.dims(N=5, M=4)


@step.fn(f32, f32)
def gibbs(c):
    return np.exp(-c / 0.5)


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn((f32, f32), f32)
def divide(x, s):
    return x / s


@step.fn((f32, f32), f32)
def weighted(p, c):
    return p * c


def reference(cost):
    plan = [[np.exp(-c / 0.5) for c in row] for row in cost]
    plan = [[k / sum(row) for k in row] for row in plan]
    value = [sum(p * c for p, c in zip(ps, cs, strict=True)) for ps, cs in zip(plan, cost, strict=True)]
    return np.array(plan), np.array(value)


@step.operator(
    inputs={"cost": step.stream(f32, [N, M], data="uniform")},
    outputs=(step.stream(f32, [N, M]), step.stream(f32, [M])),
    reference=reference,
)
def sinkhorn_step(cost): ...
