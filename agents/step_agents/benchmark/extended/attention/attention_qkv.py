"""Multi-head attention from queries, keys and values, with a running softmax.

Task: extended/attention_qkv.
"""

import numpy as np
import step
from step import Buffer, f32

D, Q, S, H = step.dims(D=8, Q=5, S=7, H=3)
Head = Buffer(f32, [D])


@step.fn((Head, Head), f32)
def scaled_dot(q, k):
    return q @ k / np.sqrt(D.size)


@step.fn((f32, Head), (f32, f32, Head), init=(-np.inf, 0, 0))
def softmax_sum(state, score, v):
    peak, weight, total = state
    new_peak = np.maximum(peak, score)
    shrink = np.exp(peak - new_peak)
    p = np.exp(score - new_peak)
    return new_peak, shrink * weight + p, shrink * total + p * v


@step.fn((f32, f32, Head), Head)
def normalise(peak, weight, total):
    return total / weight


def reference(q, k, v):
    scores = np.einsum("hqd,hsd->hqs", q, k) / np.sqrt(D.size)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (weights / weights.sum(axis=-1, keepdims=True)) @ v


@step.operator(
    inputs={
        "q": step.stream(f32, [D, Q, H]),
        "k": step.stream(f32, [D, S, H]),
        "v": step.stream(f32, [D, S, H]),
    },
    outputs=step.stream(f32, [D, Q, H]),
    reference=reference,
)
def attention_qkv(q, k, v): ...
