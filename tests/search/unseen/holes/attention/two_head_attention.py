"""Attention with two heads and an additive bias.

Task: unseen/two_head_attention.
"""

import numpy as np
import step
from step import Buffer, f32

DH = step.dim("DH", 4)
HEADS = step.dim("HEADS", 2, fixed=True)
KEYS, QS = step.dims(KEYS=7, QS=5)
Head = Buffer(f32, [DH])


@step.fn((Head, Head, f32), f32)
def biased_score(q, k, bias):
    return np.dot(q, k) / np.sqrt(DH.size) + bias


@step.fn(f32, f32, init=-np.inf)
def peak(m, s):
    return np.maximum(m, s)


@step.fn((f32, f32), f32)
def exp_minus(s, m):
    return np.exp(s - m)


@step.fn(f32, f32, init=0)
def mass(z, e):
    return z + e


@step.fn((f32, Head), Head)
def weigh(e, v):
    return e * v


@step.fn(Head, Head, init=0)
def gather(o, wv):
    return o + wv


@step.fn((Head, f32), Head)
def finish(o, z):
    return o / z


def reference(q, k, v, bias):
    logits = np.einsum("hqd,hqkd->hqk", q, k) / np.sqrt(q.shape[-1]) + bias
    p = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return np.einsum("hqk,hqkd->hqd", p, v)


@step.operator(
    inputs={
        "q": step.stream(Head, [QS, HEADS]),
        "k": step.stream(Head, [KEYS, QS, HEADS]),
        "v": step.stream(Head, [KEYS, QS, HEADS]),
        "bias": step.stream(f32, [KEYS, QS, HEADS]),
    },
    outputs=step.stream(Head, [QS, HEADS]),
    reference=reference,
)
def two_head_attention(q, k, v, bias): ...
