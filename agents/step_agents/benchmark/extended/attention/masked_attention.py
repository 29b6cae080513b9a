"""Attention with a mask: softmax of the scores that are kept, times the values; step by step.

Task: extended/masked_attention.
"""

import numpy as np
import step
from step import Buffer, f32

S, Q, D = step.dims(S=4, Q=9, D=6)
Row = Buffer(f32, [D])


@step.fn((f32, f32), f32)
def mask(score, keep):
    return np.where(keep > 0, score, -1e9)


@step.fn(f32, f32, init=-np.inf)
def largest(m, x):
    return np.maximum(m, x)


@step.fn((f32, f32), f32)
def exp_difference(score, peak):
    return np.exp(score - peak)


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn((f32, Row), Row)
def weigh(weight, row):
    return weight * row


@step.fn(Row, Row, init=0)
def add_rows(total, row):
    return total + row


@step.fn((Row, f32), Row)
def divide(row, weight):
    return row / weight


def reference(scores, keep, values):
    kept = np.where(keep > 0, scores, -1e9)
    weights = np.exp(kept - kept.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.einsum("qs,qsd->qd", weights, values)


@step.operator(
    inputs={
        "scores": step.stream(f32, [S, Q]),
        "keep": step.stream(f32, [S, Q], data="binary"),
        "values": step.stream(Row, [S, Q]),
    },
    outputs=step.stream(Row, [Q]),
    reference=reference,
)
def masked_attention(scores, keep, values): ...
