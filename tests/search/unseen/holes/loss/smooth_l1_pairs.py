"""Smooth L1 of predictions against targets of every pair, weighted by scores, mean over boxes.

Task: unseen/smooth_l1_pairs.
"""

import numpy as np
import step
from step import f32

C, P, G = step.dims(C=4, P=5, G=3)


@step.fn((f32, f32), f32)
def difference(p, g):
    return p - g


@step.fn(f32, f32)
def smooth(d):
    return np.where(np.abs(d) < 1, 0.5 * d * d, np.abs(d) - 0.5)


@step.fn(f32, f32, init=0)
def total(s, x):
    return s + x


@step.fn((f32, f32), f32)
def weigh(c, s):
    return c * s


@step.fn(f32, f32)
def mean_p(s):
    return s / P.size


def huber(d):
    return 0.5 * d * d if abs(d) < 1 else abs(d) - 0.5


def reference(pred, truth, score):
    f = np.vectorize(huber)
    cost = f(pred[None, :, :] - truth[:, None, :]).sum(-1)
    return (cost * score).mean(axis=1)


@step.operator(
    inputs={
        "pred": step.stream(f32, [C, P]),
        "truth": step.stream(f32, [C, G]),
        "score": step.stream(f32, [P], data="uniform"),
    },
    outputs=step.stream(f32, [G]),
    reference=reference,
)
def smooth_l1_pairs(pred, truth, score): ...
