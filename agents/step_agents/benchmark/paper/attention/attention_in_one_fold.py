"""Attention in one fold: the softmax's peak, its weight and the weighted mean of the values are updated together.

Paper: attention/G_0_4_01.
"""

import numpy as np
import step
from step import Buffer, f32

M, N, D = step.dims(M=5, N=7, D=16)
Row = Buffer(f32, [D])


@step.fn((f32, Row), (f32, f32, Row), init=(-np.inf, 0, 0))
def max_sum(state, s, v):
    peak, weight, mean = state
    new_peak = np.maximum(peak, s)
    kept = np.exp(peak - new_peak) * weight
    added = np.exp(s - new_peak)
    new_weight = added + kept
    return new_peak, new_weight, (kept * mean + added * v) / new_weight


@step.fn((f32, f32, Row), Row)
def third(peak, weight, mean):
    return mean


def reference(s, v):
    weights = np.exp(s - s.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.einsum("nm,nmd->nd", weights, v)


@step.operator(
    inputs={"s": step.stream(f32, [M, N], data="uniform"), "v": step.stream(Row, [M, N], data="uniform")},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def attention_in_one_fold(s, v): ...
