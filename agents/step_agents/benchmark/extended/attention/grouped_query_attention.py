"""Grouped-query attention of one new token: R query heads share the keys and values of each of G groups.

Task: extended/grouped_query_attention.
"""

import numpy as np
import step
from step import Buffer, f32

D, S, R, G = step.dims(D=8, S=7, R=4, G=3)
Head = Buffer(f32, [D])


@step.fn((Head, Head), f32)
def dot(q, k):
    return (q * k).sum() / np.sqrt(D.size)


@step.fn((f32, Head), (f32, f32, Head), init=(-np.inf, 0, 0))
def attend(state, score, v):
    peak, weight, total = state
    new_peak = np.maximum(peak, score)
    shrink = np.exp(peak - new_peak)
    p = np.exp(score - new_peak)
    return new_peak, shrink * weight + p, shrink * total + p * v


@step.fn((f32, f32, Head), Head)
def finish(peak, weight, total):
    return total / weight


def reference(q, k, v):
    keys, values = np.repeat(k, R.size, axis=0), np.repeat(v, R.size, axis=0)
    scores = np.einsum("hd,hsd->hs", q, keys) / np.sqrt(D.size)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.einsum("hs,hsd->hd", weights, values) / weights.sum(axis=-1, keepdims=True)


@step.operator(
    inputs={
        "q": step.stream(f32, [D, R * G]),
        "k": step.stream(f32, [D, S, G]),
        "v": step.stream(f32, [D, S, G]),
    },
    outputs=step.stream(f32, [D, R * G]),
    reference=reference,
)
def grouped_query_attention(q, k, v): ...
