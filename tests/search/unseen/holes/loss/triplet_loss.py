"""Triplet loss with squared distances and a margin; also how many triplets are still active.

Task: unseen/triplet_loss.
"""

import numpy as np
import step
from step import Buffer, f32

Emb, Bat = step.dims(Emb=6, Bat=8)
V = Buffer(f32, [Emb])


@step.fn((V, V), f32)
def sq_dist(a, b):
    return ((a - b) ** 2).sum()


@step.fn((f32, f32), f32)
def hinge(dp, dn):
    return np.maximum(dp - dn + 0.5, 0)


@step.fn(f32, f32)
def active(h):
    return 1.0 * (h > 0)


@step.fn(f32, f32, init=0)
def add(a, b):
    return a + b


@step.fn(f32, f32)
def batch_mean(s):
    return s / Bat.size


def reference(anchor, positive, negative):
    loss, count = 0.0, 0
    for a, p, n in zip(anchor, positive, negative, strict=True):
        h = max(0.0, np.sum((a - p) ** 2) - np.sum((a - n) ** 2) + 0.5)
        loss += h
        count += h > 0
    return np.array([loss / len(anchor)]), np.array([float(count)])


@step.operator(
    inputs={"anchor": step.stream(V, [Bat]), "positive": step.stream(V, [Bat]), "negative": step.stream(V, [Bat])},
    outputs=(step.stream(f32, [1]), step.stream(f32, [1])),
    reference=reference,
)
def triplet_loss(anchor, positive, negative): ...
