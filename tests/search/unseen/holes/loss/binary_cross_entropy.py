"""Binary cross entropy with logits, the mean over a batch; stable for large logits.

Task: unseen/binary_cross_entropy.
"""

import numpy as np
import step
from step import f32

B = step.dims(B=12)


@step.fn((f32, f32), f32)
def loss(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


@step.fn(f32, f32, init=0)
def total(s, x):
    return s + x


@step.fn(f32, f32)
def mean(s):
    return s / B.size


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def reference(logits, labels):
    p = sigmoid(logits)
    return -(labels * np.log(p) + (1 - labels) * np.log1p(-p)).mean(keepdims=True)


@step.operator(
    inputs={"logits": step.stream(f32, [B]), "labels": step.stream(f32, [B], data="binary")},
    outputs=step.stream(f32, [1]),
    reference=reference,
)
def binary_cross_entropy(logits, labels): ...
