"""Attention of new tokens over a cache of keys and values with a mask of 0/1, batch by batch.

Task: unseen/cached_masked_attention.
"""

import numpy as np
import step
from step import Buffer, f32

E, S, Q, B = step.dims(E=4, S=7, Q=3, B=2)
Head = Buffer(f32, [E])


@step.fn((Head, Head), f32)
def dot(q, k):
    return (q * k).sum()


@step.fn(f32, f32)
def scale(s):
    return s / np.sqrt(E.size)


@step.fn((f32, f32), f32)
def apply_mask(s, m):
    return np.where(m > 0, s, -1e9)


@step.fn(f32, f32, init=-np.inf)
def maximum(a, b):
    return np.maximum(a, b)


@step.fn((f32, f32), f32)
def shifted_exp(s, m):
    return np.exp(s - m)


@step.fn(f32, f32, init=0)
def total(t, e):
    return t + e


@step.fn((f32, f32), f32)
def ratio(e, t):
    return e / t


@step.fn((f32, Head), Head, init=0)
def mix(o, p, v):
    return o + p * v


def reference(queries, keys, values, mask):
    scores = np.einsum("bqe,bse->bqs", queries, keys) / np.sqrt(E.size)
    scores = np.where(mask > 0, scores, -1e9)
    scores = scores - scores.max(axis=-1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=-1, keepdims=True)
    return np.einsum("bqs,bse->bqe", p, values)


@step.operator(
    inputs={
        "queries": step.stream(Head, [Q, B]),
        "keys": step.stream(Head, [S, B]),
        "values": step.stream(Head, [S, B]),
        "mask": step.stream(f32, [S, Q, B], data="binary"),
    },
    outputs=step.stream(Head, [Q, B]),
    reference=reference,
)
def cached_masked_attention(queries, keys, values, mask): ...
