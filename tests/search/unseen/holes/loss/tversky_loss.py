"""Tversky loss of segmentation: true positives against weighed false positives and false negatives, an image each.

Task: unseen/tversky_loss.
"""

import numpy as np
import step
from step import f32

P, B = step.dims(P=9, B=4)


@step.fn(f32, f32)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@step.fn((f32, f32), f32)
def both(p, t):
    return p * t


@step.fn((f32, f32), f32)
def only_first(p, t):
    return p * (1 - t)


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn((f32, f32, f32), f32)
def index(tp, fp, fn):
    return 1 - (tp + 1) / (tp + 0.3 * fp + 0.7 * fn + 1)


def reference(logits, target):
    p = 1 / (1 + np.exp(-logits))
    tp = (p * target).sum(-1)
    fp = ((1 - target) * p).sum(-1)
    fn = (target * (1 - p)).sum(-1)
    return 1 - (tp + 1) / (tp + 0.3 * fp + 0.7 * fn + 1)


@step.operator(
    inputs={"logits": step.stream(f32, [P, B]), "target": step.stream(f32, [P, B], data="binary")},
    outputs=step.stream(f32, [B]),
    reference=reference,
)
def tversky_loss(logits, target): ...
