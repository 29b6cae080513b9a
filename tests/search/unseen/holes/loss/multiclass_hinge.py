"""The multi-class hinge of Weston and Watkins: every wrong class within one of the right one costs.

Task: unseen/multiclass_hinge.
"""

import numpy as np
import step
from step import f32

C, B = step.dims(C=5, B=6)


@step.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn((f32, f32), f32)
def margin(s, right):
    return np.maximum(0, 1 + s - right)


@step.fn(f32, f32)
def wrong(y):
    return 1 - y


@step.fn(f32, f32)
def per_class(t):
    return t / C.size


def reference(scores, onehot):
    losses = np.zeros(scores.shape[0])
    for i in range(scores.shape[0]):
        right = (scores[i] * onehot[i]).sum()
        for c in range(scores.shape[1]):
            losses[i] += (1 - onehot[i, c]) * max(0.0, 1 + scores[i, c] - right)
    return losses / scores.shape[1]


@step.operator(
    inputs={"scores": step.stream(f32, [C, B]), "onehot": step.stream(f32, [C, B])},
    outputs=step.stream(f32, [B]),
    reference=reference,
)
def multiclass_hinge(scores, onehot): ...
