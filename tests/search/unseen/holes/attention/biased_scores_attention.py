"""Attention from scores with a position bias (as ALiBi adds), the values shared by all queries.

Task: unseen/biased_scores_attention.
"""

import numpy as np
import step
from step import Buffer, f32

S, Q, D = step.dims(S=6, Q=4, D=10)
Row = Buffer(f32, [D])


@step.fn((f32, f32), f32)
def add_bias(score, bias):
    return score + bias


@step.fn((f32, Row), (f32, f32, Row), init=(-np.inf, 0, 0))
def online_softmax(state, score, value):
    peak, total, row = state
    new = np.maximum(peak, score)
    keep, weight = np.exp(peak - new), np.exp(score - new)
    return new, total * keep + weight, row * keep + weight * value


@step.fn((f32, f32, Row), Row)
def finish(peak, total, row):
    return row / total


def reference(scores, bias, values):
    biased = scores + bias
    p = np.exp(biased - biased.max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True)) @ values


@step.operator(
    inputs={
        "scores": step.stream(f32, [S, Q], scale=5),
        "bias": step.stream(f32, [S, Q]),
        "values": step.stream(Row, [S]),
    },
    outputs=step.stream(Row, [Q]),
    reference=reference,
)
def biased_scores_attention(scores, bias, values): ...
