"""PPO's clipped objective of every episode: the mean of the smaller of two products, negated.

Task: unseen/clipped_policy_loss.
"""

import numpy as np
import step
from step import f32

T, B = step.dims(T=7, B=4)


@step.fn((f32, f32), f32)
def ratio(new, old):
    return np.exp(new - old)


@step.fn(f32, f32)
def clip(r):
    return np.clip(r, 0.8, 1.2)


@step.fn((f32, f32), f32)
def times(r, a):
    return r * a


@step.fn((f32, f32), f32)
def smaller(a, b):
    return np.minimum(a, b)


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn(f32, f32)
def minus_mean(total):
    return -total / T.size


def reference(new, old, advantage):
    r = np.exp(new - old)
    objective = np.where(advantage >= 0, np.minimum(r, 1.2), np.maximum(r, 0.8)) * advantage
    return -np.average(objective, axis=-1)


@step.operator(
    inputs={
        "new": step.stream(f32, [T, B]),
        "old": step.stream(f32, [T, B]),
        "advantage": step.stream(f32, [T, B]),
    },
    outputs=step.stream(f32, [B]),
    reference=reference,
)
def clipped_policy_loss(new, old, advantage): ...
