"""The contrastive loss of every query: its similarities to all keys, and the one key that is its own.

Task: unseen/info_nce.
"""

import numpy as np
import step
from step import Buffer, f32

D, K, B = step.dims(D=6, K=5, B=3)
Vec = Buffer(f32, [D])


@step.fn((Vec, Vec), f32)
def similarity(a, b):
    return a @ b / 0.7


@step.fn(f32, f32)
def exp(s):
    return np.exp(s)


@step.fn(f32, f32, init=0)
def add_up(t, e):
    return t + e


@step.fn((f32, f32), f32)
def plus(a, b):
    return a + b


@step.fn(f32, f32)
def log(t):
    return np.log(t)


@step.fn((f32, f32), f32)
def minus(a, b):
    return a - b


def reference(query, positive, negatives):
    logits = np.stack([query @ key / 0.7 for key in negatives], axis=1)
    own = np.sum(query * positive, axis=1) / 0.7
    everything = np.concatenate([own[:, None], logits], axis=1)
    return -np.log(np.exp(own) / np.exp(everything).sum(axis=1))


@step.operator(
    inputs={
        "query": step.stream(Vec, [B]),
        "positive": step.stream(Vec, [B]),
        "negatives": step.stream(Vec, [K]),
    },
    outputs=step.stream(f32, [B]),
    reference=reference,
)
def info_nce(query, positive, negatives): ...
