"""Cross entropy with label smoothing from logits and target probabilities.

Task: unseen/smoothed_cross_entropy.
"""

import numpy as np
import step
from step import f32

K, N = step.dims(K=6, N=5)


@step.fn(f32, f32, init=-np.inf)
def row_max(m, x):
    return np.maximum(m, x)


@step.fn((f32, f32), f32)
def sub(x, m):
    return x - m


@step.fn(f32, f32)
def exp(x):
    return np.exp(x)


@step.fn(f32, f32, init=0)
def plus(s, x):
    return s + x


@step.fn(f32, f32)
def log(x):
    return np.log(x)


@step.fn(f32, f32)
def smooth(y):
    return 0.9 * y + 0.1 / K.size


@step.fn((f32, f32), f32)
def minus_product(y, lp):
    return -y * lp


def reference(logits, target):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    y = 0.9 * target + 0.1 / target.shape[1]
    return -(y * log_p).sum(axis=1)


@step.operator(
    inputs={"logits": step.stream(f32, [K, N]), "target": step.stream(f32, [K, N], data="uniform")},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def smoothed_cross_entropy(logits, target): ...
