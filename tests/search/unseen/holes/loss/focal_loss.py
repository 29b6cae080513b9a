"""The focal loss of binary predictions from logits, summed over the classes.

Task: unseen/focal_loss.
"""

import numpy as np
import step
from step import f32

C, N = step.dims(C=5, N=6)


@step.fn(f32, f32)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@step.fn((f32, f32), f32)
def of_true_class(p, y):
    return p * y + (1 - p) * (1 - y)


@step.fn(f32, f32)
def one_less(p):
    return 1 - p


@step.fn(f32, f32)
def squared(p):
    return p * p


@step.fn(f32, f32)
def minus_log(p):
    return -np.log(p)


@step.fn((f32, f32), f32)
def times(a, b):
    return a * b


@step.fn(f32, f32)
def weighted(loss):
    return 0.25 * loss


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


def focal(z, y):
    p = 1 / (1 + np.exp(-z))
    p_t = p if y == 1 else 1 - p
    return -0.25 * (1 - p_t) ** 2 * np.log(p_t)


def reference(logits, labels):
    return np.vectorize(focal)(logits, labels).sum(axis=1)


@step.operator(
    inputs={"logits": step.stream(f32, [C, N]), "labels": step.stream(f32, [C, N], data="binary")},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def focal_loss(logits, labels): ...
