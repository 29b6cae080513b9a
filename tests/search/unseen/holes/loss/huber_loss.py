"""Mean Huber loss of every row of a prediction.

Task: unseen/huber_loss.
"""

import numpy as np
import step
from step import f32

D, N = step.dims(D=9, N=4)
delta = 0.7


@step.fn((f32, f32), f32)
def error(p, t):
    return p - t


@step.fn(f32, f32)
def huber(e):
    a = np.abs(e)
    return np.where(a <= delta, 0.5 * e * e, delta * (a - 0.5 * delta))


@step.fn(f32, f32)
def mse(e):
    return e * e


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn(f32, f32)
def mean(total):
    return total / D.size


def one(e):
    return 0.5 * e**2 if abs(e) <= delta else delta * (abs(e) - 0.5 * delta)


def reference(prediction, target):
    return np.vectorize(one)(prediction - target).mean(axis=-1)


@step.operator(
    inputs={"prediction": step.stream(f32, [D, N]), "target": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def huber_loss(prediction, target): ...
